import type { EMRServerlessClient } from '@aws-sdk/client-emr-serverless'
import { EtlError } from '../../../../base/errors.ts'
import { wholeMinutes } from '../deadline.ts'
import { loadOptional } from '../../../../base/optional.ts'
import type { EmrServerlessOptions } from '../declare.ts'
import type { Job } from '../manifest.ts'
import type { Submit } from '../submitter.ts'
import { asking, attempts } from './aws.ts'
import { type JobService, type JobState, serviceSubmitter } from './service.ts'
import type { Staging } from './staging.ts'

type Sdk = typeof import('@aws-sdk/client-emr-serverless')

interface Open {
  readonly sdk: Sdk
  readonly client: EMRServerlessClient
  readonly options: EmrServerlessOptions
}

/** A value inside `sparkSubmitParameters`, which the service splits as a shell would. */
const quoted = (text: string): string =>
  /^[\w.,:/=@%+-]+$/.test(text) ? text : `"${text.replaceAll(/["\\$`]/g, String.raw`\$&`)}"`

function request({ options }: Open, job: Job, staging: Staging) {
  const conf = Object.entries(options.conf ?? {}).map(([key, value]) => `--conf ${quoted(`${key}=${value}`)}`)
  const monitoringConfiguration = { s3MonitoringConfiguration: { logUri: options.logs } }
  return {
    applicationId: options.application,
    executionRoleArn: options.role,
    // A start that is sent again with the same token starts nothing.
    clientToken: job.manifest.id,
    name: `securecart-${job.manifest.id}`,
    executionTimeoutMinutes: wholeMinutes(options.timeoutMinutes),
    jobDriver: {
      sparkSubmit: {
        entryPoint: staging.runner,
        entryPointArguments: [
          '--manifest',
          staging.manifest,
          '--sha256',
          job.sha256,
          '--result',
          staging.report,
        ],
        ...(conf.length === 0 ? {} : { sparkSubmitParameters: conf.join(' ') }),
      },
    },
    ...(options.logs === undefined ? {} : { configurationOverrides: { monitoringConfiguration } }),
  }
}

const refused = (what: string): EtlError => new EtlError('engine.job-refused', what)

async function look({ sdk, client, options }: Open, jobRunId: string): Promise<JobState> {
  const { application: applicationId, logs } = options
  const { jobRun } = await asking('looking at the job run', () =>
    client.send(new sdk.GetJobRunCommand({ applicationId, jobRunId })),
  )
  const driver = `applications/${applicationId}/jobs/${jobRunId}/SPARK_DRIVER/`
  return {
    state: jobRun?.state ?? 'unknown',
    ...(jobRun?.stateDetails === undefined ? {} : { said: jobRun.stateDetails }),
    ...(logs === undefined ? {} : { logs: `${logs.replace(/\/$/, '')}/${driver}` }),
  }
}

function serviceOf(open: Open): JobService {
  const { sdk, client, options } = open
  const { application: applicationId } = options
  return {
    ends: { SUCCESS: true, FAILED: false, CANCELLED: false },
    start: async (job, staging) => {
      const { jobRunId } = await asking(
        `starting a job run of EMR Serverless application ${applicationId}`,
        () => client.send(new sdk.StartJobRunCommand(request(open, job, staging))),
      )
      if (jobRunId === undefined) throw refused('EMR Serverless started a job run without an id')
      return {
        where: `job run ${jobRunId} of EMR Serverless application ${applicationId}`,
        look: () => look(open, jobRunId),
        cancel: async () =>
          void (await asking('cancelling the job run', () =>
            client.send(new sdk.CancelJobRunCommand({ applicationId, jobRunId })),
          )),
      }
    },
    [Symbol.dispose]: () => client.destroy(),
  }
}

/** Submits jobs to an application of EMR Serverless. */
export function emrServerlessSubmitter(options: EmrServerlessOptions): Submit {
  return serviceSubmitter(options, async () => {
    const sdk = await loadOptional(
      '@aws-sdk/client-emr-serverless',
      () => import('@aws-sdk/client-emr-serverless'),
    )
    const { region } = options
    const client = new sdk.EMRServerlessClient({
      maxAttempts: attempts,
      ...(region === undefined ? {} : { region }),
    })
    return serviceOf({ sdk, client, options })
  })
}
