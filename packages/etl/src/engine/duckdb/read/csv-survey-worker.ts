import { parentPort, workerData } from 'node:worker_threads'
import { type SharedParts, surveyParts } from './csv-survey.ts'

/** A thread that helps to survey a text. */
const { shared, delimiter, quote, quotedNulls } = workerData as {
  readonly shared: SharedParts
  readonly delimiter: string
  readonly quote: number
  readonly quotedNulls: readonly string[]
}
const found = await surveyParts(shared, {
  delimiter: Buffer.from(delimiter),
  quote,
  quotedNulls: quotedNulls.map((text) => Buffer.from(text)),
})
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin, windows do
parentPort?.postMessage(found)
