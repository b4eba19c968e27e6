import type { Job } from './manifest.ts'

/** How a job ended, as far as its submitter saw. */
export interface JobEnd {
  /** What and where it was, to begin a sentence with: `job run 00f… of EMR Serverless application 00g…`. */
  readonly where: string
  /** Whether the service, or the exit code of the process, says that it succeeded. */
  readonly succeeded: boolean
  /** The text of the report that it left, if it left one. */
  readonly report?: string
  /** The last words of the driver or the service. */
  readonly said?: string
  /** Where the logs are. */
  readonly logs?: string
}

/** What a submitter is told of one job. */
export interface SubmitCall {
  readonly signal?: AbortSignal
  /** Hears the driver's output, a line at a time, where the submitter can see it. */
  readonly onLog?: (line: string) => void
}

/**
 * Runs jobs somewhere: hands over the runner and the manifest, waits, and brings the report.
 *
 * An abort ends the job, waits until its end is confirmed, and fails with `run.cancelled`. Codes: `config.invalid`,
 * `connection.failed`, `connection.unauthorized`, `engine.job-refused`, `engine.job-lost`, `engine.job-timeout`.
 */
export type Submit = (job: Job, call: SubmitCall) => Promise<JobEnd>
