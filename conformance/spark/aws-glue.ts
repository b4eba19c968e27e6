import { type Account, type Answer, type Call, failed } from './aws-account.ts'
import { type Phase, type Run, startRun, stopRun } from './job-run.ts'

/** The one job of the account. */
export const glueJob = 'securecart'

const states: Readonly<Record<Phase, string>> = {
  accepted: 'STARTING',
  running: 'RUNNING',
  stopping: 'STOPPING',
  succeeded: 'SUCCEEDED',
  failed: 'FAILED',
  stopped: 'STOPPED',
}

const argumentsOf = (input: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  (input['Arguments'] ?? {}) as Record<string, string>

function start(input: Call['input'], account: Account): Answer {
  const active = [...account.runs.values()].filter((r) =>
    ['accepted', 'running', 'stopping'].includes(r.phase),
  )
  if (active.length >= account.maxConcurrentRuns)
    return failed('ConcurrentRunsExceededException', `Concurrent runs exceeded for ${glueJob}`)
  // As the service does it, the script is given all arguments and the job's name.
  const args = Object.entries(argumentsOf(input)).flat()
  const script = argumentsOf(input)['--scriptLocation'] ?? ''
  const run = startRun(input, { script, args: [...args, '--JOB_NAME', glueJob] }, account)
  account.runs.set(run.id, run)
  return { status: 200, body: { JobRunId: run.id } }
}

const shown = (run: Run): Answer['body'] => ({
  Id: run.id,
  Attempt: 0,
  JobName: glueJob,
  StartedOn: run.startedAt / 1000,
  JobRunState: states[run.phase],
  Arguments: argumentsOf(run.request),
  LogGroupName: '/aws-glue/jobs',
  GlueVersion: '5.1',
  ...(run.said === undefined ? {} : { ErrorMessage: run.said }),
})

/** Answers a call of Glue. */
export function glueCall({ operation, input }: Call, account: Account): Answer {
  if (input['JobName'] !== glueJob)
    return failed('EntityNotFoundException', `Failed to start job run due to missing metadata`)
  if (operation === 'StartJobRun') return start(input, account)
  if (operation === 'GetJobRuns')
    return { status: 200, body: { JobRuns: [...account.runs.values()].toReversed().map(shown) } }
  if (operation === 'BatchStopJobRun') return stop(input['JobRunIds'] as readonly string[], account)
  const run = account.runs.get(String(input['RunId']))
  return run === undefined
    ? failed('EntityNotFoundException', `Job Run ${String(input['RunId'])} not found`)
    : { status: 200, body: { JobRun: shown(run) } }
}

function stop(ids: readonly string[], account: Account): Answer {
  for (const id of ids) {
    const run = account.runs.get(id)
    if (run !== undefined) stopRun(run)
  }
  const SuccessfulSubmissions = ids.map((JobRunId) => ({ JobName: glueJob, JobRunId }))
  return { status: 200, body: { SuccessfulSubmissions, Errors: [] } }
}
