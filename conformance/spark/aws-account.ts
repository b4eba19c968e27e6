import type { Run, RunOptions } from './job-run.ts'

/** A call of a service that has been recognised. */
export interface Call {
  readonly operation: string
  readonly input: Readonly<Record<string, unknown>>
}

/** What a service answers: a failure has a name. */
export interface Answer {
  readonly status: number
  readonly body: Readonly<Record<string, unknown>>
  readonly error?: string
}

export const failed = (error: string, message: string, status = 400): Answer => ({
  status,
  error,
  body: { message },
})

/** What goes wrong on purpose: for each operation, what happens to its next calls. */
export type Fault = 'throttle' | 'lose-answer' | 'break'

/** What the services of one emulator have. */
export interface Account extends RunOptions {
  readonly runs: Map<string, Run>
  /** Runs by the token that they were started with. */
  readonly tokens: Map<string, string>
  readonly faults: Map<string, Fault[]>
  /** Runs that a Glue job may have at a time. */
  maxConcurrentRuns: number
}
