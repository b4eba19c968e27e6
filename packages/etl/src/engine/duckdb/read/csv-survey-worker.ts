import { parentPort, workerData } from 'node:worker_threads'
import { surveyRange, type TextRange } from './csv-survey.ts'

/** The thread of `surveyCsv` that looks at one part of a text. */
const { range, delimiter, quote } = workerData as {
  readonly range: TextRange
  readonly delimiter: string
  readonly quote: number
}
const found = await surveyRange(range, {
  delimiter: Buffer.from(delimiter),
  quote,
  escape: quote,
  comment: undefined,
  trim: false,
})
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin, windows do
parentPort?.postMessage(found)
