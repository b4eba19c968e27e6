import { parentPort, workerData } from 'node:worker_threads'
import { type SharedParts, surveyParts } from './csv-survey.ts'

/** A thread that helps to survey a text. */
const { shared, delimiter, quote } = workerData as {
  readonly shared: SharedParts
  readonly delimiter: string
  readonly quote: number
}
const found = await surveyParts(shared, { delimiter: Buffer.from(delimiter), quote })
// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin, windows do
parentPort?.postMessage(found)
