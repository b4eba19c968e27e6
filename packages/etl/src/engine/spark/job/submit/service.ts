import { EtlError } from '../../../../base/errors.ts'
import { deadlineOf } from '../deadline.ts'
import type { AwsJobOptions } from '../declare.ts'
import type { Job } from '../manifest.ts'
import { lost } from '../report.ts'
import type { JobEnd, Submit } from '../submitter.ts'
import { kindOf } from './aws.ts'
import { pollUntil } from './poll.ts'
import { type Staging, stageJob } from './staging.ts'

/** What a service says of a started job. */
export interface JobState {
  /** The service's own word, such as `RUNNING`. */
  readonly state: string
  readonly said?: string
  readonly logs?: string
}

/** A job that a service has accepted. */
export interface StartedJob {
  /** To begin a sentence with. */
  readonly where: string
  readonly look: () => Promise<JobState>
  readonly cancel: () => Promise<void>
}

/** A service that runs jobs, open for one of them. */
export interface JobService extends Disposable {
  /** The states that are final, and whether they are a success. */
  readonly ends: Readonly<Record<string, boolean>>
  /** Starts the job, once: a lost answer is no reason for a second one. */
  readonly start: (job: Job, staging: Staging, signal: AbortSignal) => Promise<StartedJob>
}

/** How long a cancelled job may take to end. */
const cancelMs = 120_000

/** Looks until the job has ended. One that the service no longer knows is lost. */
async function watch(
  service: JobService,
  started: StartedJob,
  poll: { readonly firstMs: number; readonly signal: AbortSignal },
): Promise<JobState> {
  try {
    return await pollUntil(async () => {
      const state = await started.look()
      return state.state in service.ends ? state : undefined
    }, poll)
  } catch (error) {
    poll.signal.throwIfAborted()
    if (error instanceof EtlError && kindOf(error.cause) === 'missing')
      throw lost(started.where, 'the service no longer knows it', error)
    throw error
  }
}

/** Cancels a job and waits until it has ended. Fails when the service does not say so: it may go on. */
async function cancel(service: JobService, started: StartedJob, firstMs: number): Promise<void> {
  try {
    await started.cancel()
    await watch(service, started, { firstMs, signal: AbortSignal.timeout(cancelMs) })
  } catch (cause) {
    throw lost(started.where, 'it was told to end, but its end was not seen', cause)
  }
}

/** Submits jobs to a service of AWS: the files go to S3, and the report comes from there. */
export function serviceSubmitter(options: AwsJobOptions, open: () => Promise<JobService>): Submit {
  const firstMs = options.pollMs ?? 2_000
  return async (job, call): Promise<JobEnd> => {
    using service = await open()
    const deadline = deadlineOf(options.timeoutMinutes, call.signal)
    const { signal } = deadline
    await using staging = await stageJob(job, options)
    if (signal.aborted) throw deadline.failure(`job ${job.manifest.id}`)
    let started: StartedJob | undefined
    try {
      started = await service.start(job, staging, signal)
      call.onLog?.(`${started.where} has been accepted`)
      const { state, said, logs } = await watch(service, started, { firstMs, signal })
      const report = await staging.readReport()
      return {
        where: started.where,
        succeeded: service.ends[state] === true,
        said: said === undefined || said === '' ? `its state is ${state}` : `${said} [${state}]`,
        ...(logs === undefined ? {} : { logs }),
        ...(report === undefined ? {} : { report }),
      }
    } catch (error) {
      // Until the end of the job is known, it may need its files.
      staging.keep()
      if (!signal.aborted) throw error
      if (started !== undefined) await cancel(service, started, Math.min(firstMs, 1_000))
      staging.drop()
      throw deadline.failure(started?.where ?? `job ${job.manifest.id}`)
    }
  }
}
