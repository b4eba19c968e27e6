import { EtlError } from '../../../base/errors.ts'
import type { OpenSparkSession, SparkCall, SparkSession } from '../session.ts'
import { sparkSettings } from '../settings.ts'
import { type Job, jobOf } from './manifest.ts'
import { type JobReport, lost, readReport, type StepReport } from './report.ts'
import type { JobEnd, Submit } from './submitter.ts'

/** Judges an ended job: only a report of all its steps, and the word of the service, make it a success. */
function judge(end: JobEnd, job: Job): JobReport {
  const report = end.report === undefined ? undefined : readReport(end.report, job, end.where)
  if (report?.error !== undefined) throw failedStep(report, job, end)
  if (!end.succeeded) throw failedJob(end)
  if (report === undefined) throw lost(end.where, 'it ended without a report')
  return report
}

const hintOf = (end: JobEnd): { readonly hint?: string } =>
  end.logs === undefined ? {} : { hint: `The driver's logs: ${end.logs}` }

function failedStep(report: JobReport, job: Job, end: JobEnd): EtlError {
  const { message = '', class: errorClass, sqlState } = report.error ?? {}
  const doing = job.manifest.steps[report.steps.length]?.doing ?? 'starting'
  const shown = errorClass == null || message.includes(errorClass) ? message : `${message} [${errorClass}]`
  const code = /OutOfMemory|Java heap space|GC overhead limit/.test(message)
    ? 'engine.out-of-memory'
    : 'engine.failed'
  return new EtlError(code, `${doing} failed: Spark ${report.spark}, ${end.where}: ${shown}`, {
    params: {
      ...(errorClass == null ? {} : { errorClass }),
      ...(sqlState == null ? {} : { sqlState }),
    },
    ...hintOf(end),
  })
}

const failedJob = (end: JobEnd): EtlError =>
  new EtlError('engine.failed', `${end.where} failed: ${end.said ?? 'it says nothing about why'}`, {
    retry: 'transient',
    ...hintOf(end),
  })

/** A job that answers a session's calls. */
interface Answers {
  readonly job: Job
  readonly report: JobReport
}

function answer(
  answers: Answers | undefined,
  is: (step: Job['manifest']['steps'][number]) => boolean,
): StepReport {
  const at = answers?.job.manifest.steps.findIndex(is) ?? -1
  const step = answers?.report.steps[at]
  if (step === undefined || step.skipped === true)
    throw new EtlError('bug.unreachable', 'a job was asked for what it has not done')
  return step
}

function sessionOf(submit: Submit, settings: Readonly<Record<string, string>>): SparkSession {
  let answers: Answers | undefined
  return {
    foresee: async (steps, call: SparkCall) => {
      const job = jobOf(steps, settings)
      const end = await submit(job, call.signal === undefined ? {} : { signal: call.signal })
      answers = { job, report: judge(end, job) }
    },
    view: async (view) => void answer(answers, (step) => step.do === 'view' && step.name === view.name),
    rows: async (sql) => answer(answers, (step) => step.do === 'rows' && step.sql === sql).rows ?? [],
    write: async ({ folder, sql }) => {
      const { written } = answer(
        answers,
        (step) => step.do === 'write' && step.folder === folder && step.sql === sql,
      )
      return written === undefined ? {} : { rows: written }
    },
    [Symbol.asyncDispose]: async () => {},
  }
}

/** Sessions that are one job each, with the pinned settings and those asked for. */
export function jobSessions(submit: Submit): OpenSparkSession {
  const pinned = Object.fromEntries(sparkSettings.map((setting) => [setting.key, setting.value]))
  return async (settings) => sessionOf(submit, { ...pinned, ...settings })
}
