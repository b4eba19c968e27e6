import { setTimeout as sleep } from 'node:timers/promises'
import type { GlueClient, StartJobRunRequest } from '@aws-sdk/client-glue'
import { EtlError } from '../../../../base/errors.ts'
import { wholeMinutes } from '../deadline.ts'
import { loadOptional } from '../../../../base/optional.ts'
import type { GlueOptions } from '../declare.ts'
import type { Job } from '../manifest.ts'
import type { Submit } from '../submitter.ts'
import { asking, attempts, awsFailure, kindOf } from './aws.ts'
import { type JobService, type JobState, serviceSubmitter } from './service.ts'
import type { Staging } from './staging.ts'

type Sdk = typeof import('@aws-sdk/client-glue')

interface Open {
  readonly sdk: Sdk
  /** Repeats calls that may be repeated. */
  readonly client: GlueClient
  /** Sends each call once. */
  readonly once: GlueClient
  readonly options: GlueOptions
}

/** How often a start is tried, and the longest wait between. */
const tries = 12
const longestMs = 60_000

function request({ options }: Open, job: Job, staging: Staging): StartJobRunRequest {
  const { workers, workerType } = options
  const conf = Object.entries(options.conf ?? {}).map(([key, value]) => `${key}=${value}`)
  return {
    JobName: options.job,
    Timeout: wholeMinutes(options.timeoutMinutes),
    Arguments: {
      '--scriptLocation': staging.runner,
      '--manifest': staging.manifest,
      '--sha256': job.sha256,
      '--result': staging.report,
      // The service takes one --conf, and reads further settings from its value.
      ...(conf.length === 0 ? {} : { '--conf': conf.join(' --conf ') }),
    },
    ...(workerType === undefined ? {} : { WorkerType: workerType as StartJobRunRequest['WorkerType'] }),
    ...(workers === undefined ? {} : { NumberOfWorkers: workers }),
  }
}

/** Finds the run that a lost answer spoke of: newest first, it is among the first. */
async function findRun({ sdk, client, options }: Open, staging: Staging): Promise<string | undefined> {
  const { JobRuns = [] } = await asking('looking for the run', () =>
    client.send(new sdk.GetJobRunsCommand({ JobName: options.job, MaxResults: 100 })),
  )
  return JobRuns.find((run) => run.Arguments?.['--manifest'] === staging.manifest)?.Id
}

/**
 * Starts a run, once. The service knows no token: after an answer was lost, the run is looked for before another start is
 * tried. While the job has all the runs it may have, or calls are throttled, it waits.
 */
async function startRun(open: Open, job: Job, staging: Staging, signal: AbortSignal): Promise<string> {
  const { sdk, once, options } = open
  for (let attempt = 1, waitMs = options.pollMs ?? 2_000; ; attempt++) {
    try {
      const { JobRunId } = await once.send(new sdk.StartJobRunCommand(request(open, job, staging)))
      if (JobRunId !== undefined) return JobRunId
    } catch (error) {
      const kind = kindOf(error)
      if (attempt >= tries || !['busy', 'throttled', 'unknown'].includes(kind))
        throw awsFailure(error, `starting a run of Glue job ${options.job}`)
    }
    await sleep(waitMs, undefined, { signal })
    waitMs = Math.min(waitMs * 2, longestMs)
    const found = await findRun(open, staging)
    if (found !== undefined) return found
  }
}

async function look({ sdk, client, options }: Open, RunId: string): Promise<JobState> {
  const { JobRun } = await asking('looking at the run', () =>
    client.send(new sdk.GetJobRunCommand({ JobName: options.job, RunId })),
  )
  return {
    state: JobRun?.JobRunState ?? 'unknown',
    logs: `log stream ${RunId} of ${JobRun?.LogGroupName ?? '/aws-glue/jobs'}/error`,
    ...(JobRun?.ErrorMessage === undefined ? {} : { said: JobRun.ErrorMessage }),
  }
}

async function stop({ sdk, client, options }: Open, RunId: string): Promise<void> {
  const { Errors = [] } = await asking('stopping the run', () =>
    client.send(new sdk.BatchStopJobRunCommand({ JobName: options.job, JobRunIds: [RunId] })),
  )
  const why = Errors[0]?.ErrorDetail?.ErrorMessage
  if (Errors.length > 0) throw new EtlError('connection.failed', `Glue did not stop ${RunId}: ${why ?? ''}`)
}

function serviceOf(open: Open): JobService {
  return {
    ends: { SUCCEEDED: true, FAILED: false, STOPPED: false, TIMEOUT: false, ERROR: false, EXPIRED: false },
    start: async (job, staging, signal) => {
      const id = await startRun(open, job, staging, signal)
      return {
        where: `run ${id} of Glue job ${open.options.job}`,
        look: () => look(open, id),
        cancel: () => stop(open, id),
      }
    },
    [Symbol.dispose]: () => {
      open.client.destroy()
      open.once.destroy()
    },
  }
}

/** Submits jobs as runs of a Glue job. */
export function glueSubmitter(options: GlueOptions): Submit {
  return serviceSubmitter(options, async () => {
    const sdk = await loadOptional('@aws-sdk/client-glue', () => import('@aws-sdk/client-glue'))
    const region = options.region === undefined ? {} : { region: options.region }
    const client = new sdk.GlueClient({ maxAttempts: attempts, ...region })
    const once = new sdk.GlueClient({ maxAttempts: 1, ...region })
    return serviceOf({ sdk, client, once, options })
  })
}
