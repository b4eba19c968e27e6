import { EtlError } from '../../../base/errors.ts'
import { type Job, type JobStep, manifestVersion } from './manifest.ts'

export type Row = readonly (string | null)[]

/** What the runner observed of one step. */
export interface StepReport {
  readonly rows?: readonly Row[]
  /** Rows that lie in the folder after a write. */
  readonly written?: number
  readonly skipped?: boolean
}

/** A failure in Spark's own words. */
export interface JobFailure {
  readonly message: string
  /** `DIVIDE_BY_ZERO` */
  readonly class?: string | null
  readonly sqlState?: string | null
}

/** What the runner leaves. */
export interface JobReport {
  readonly version: typeof manifestVersion
  readonly id: string
  readonly sha256: string
  /** The release of Spark. */
  readonly spark: string
  /** `stopped`: by the first rows of a step that stops. */
  readonly outcome: 'done' | 'stopped' | 'failed'
  /** Of the steps that ended, in order. */
  readonly steps: readonly StepReport[]
  readonly error?: JobFailure
}

/**
 * Reads a job's report. Fails with `engine.job-lost` when it is not the report of this very job, or does not account for
 * each of its steps: then nobody has seen the job succeed.
 */
export function readReport(text: string, job: Job, where: string): JobReport {
  let report: Partial<JobReport>
  try {
    report = JSON.parse(text) as Partial<JobReport>
  } catch (cause) {
    throw lost(where, 'its report is no JSON', cause)
  }
  const { manifest, sha256 } = job
  if (report.version !== manifestVersion || report.id !== manifest.id || report.sha256 !== sha256)
    throw lost(where, `its report is of job ${String(report.id)}, not of ${manifest.id}`)
  const { steps, outcome } = report
  const seen = Array.isArray(steps) && steps.every((step, i) => accounts(step, manifest.steps[i]))
  const whole = outcome === 'done' ? steps?.length === manifest.steps.length : outcome === 'stopped'
  const failed = outcome === 'failed' && typeof report.error?.message === 'string'
  if (!seen || !(whole || failed)) throw lost(where, 'its report does not account for every step')
  return report as JobReport
}

function accounts(report: StepReport, step: JobStep | undefined): boolean {
  if (step === undefined) return false
  if (report.skipped === true) return step.do !== 'view' && step.unlessWritten !== undefined
  switch (step.do) {
    case 'view':
      return true
    case 'rows':
      return Array.isArray(report.rows)
    case 'write':
      return Number.isInteger(report.written)
  }
}

/** Nobody knows how a job ended. */
export const lost = (where: string, why: string, cause?: unknown): EtlError =>
  new EtlError('engine.job-lost', `${where} cannot be judged: ${why}`, {
    hint: 'Nothing of it is published. Look at the logs of the job, then run again.',
    ...(cause === undefined ? {} : { cause }),
  })
