import { type Account, type Answer, type Call, failed } from './aws-account.ts'
import { type Phase, type Run, startRun, stopRun } from './job-run.ts'

/** The one application of the account. */
export const application = '00fabcdef1234567'

const states: Readonly<Record<Phase, string>> = {
  accepted: 'SUBMITTED',
  running: 'RUNNING',
  stopping: 'CANCELLING',
  succeeded: 'SUCCESS',
  failed: 'FAILED',
  stopped: 'CANCELLED',
}

interface StartInput {
  readonly clientToken: string
  readonly executionRoleArn: string
  readonly jobDriver: {
    readonly sparkSubmit: {
      readonly entryPoint: string
      readonly entryPointArguments: readonly string[]
      readonly sparkSubmitParameters?: string
    }
  }
}

const arn = (id: string): string =>
  `arn:aws:emr-serverless:us-east-1:123456789012:/applications/${application}/jobruns/${id}`

function start(request: Call['input'], account: Account): Answer {
  const { clientToken, jobDriver } = request as unknown as StartInput
  const known = account.tokens.get(clientToken)
  if (known !== undefined)
    return { status: 200, body: { applicationId: application, jobRunId: known, arn: arn(known) } }
  const { entryPoint, entryPointArguments, sparkSubmitParameters = '' } = jobDriver.sparkSubmit
  const conf = sparkSubmitParameters.split(' ').filter((word) => word !== '')
  const run = startRun(request, { script: entryPoint, args: entryPointArguments, conf }, account)
  account.runs.set(run.id, run)
  account.tokens.set(clientToken, run.id)
  return { status: 200, body: { applicationId: application, jobRunId: run.id, arn: arn(run.id) } }
}

const shown = (run: Run): Answer['body'] => {
  const { executionRoleArn, jobDriver } = run.request as unknown as StartInput
  return {
    applicationId: application,
    jobRunId: run.id,
    arn: arn(run.id),
    createdBy: 'arn:aws:iam::123456789012:user/etl',
    createdAt: run.startedAt / 1000,
    updatedAt: Date.now() / 1000,
    executionRole: executionRoleArn,
    state: states[run.phase],
    stateDetails:
      run.phase === 'failed'
        ? `Job failed, please check complete logs. ${run.said}`.slice(0, 256)
        : `The job is ${states[run.phase]}.`,
    releaseLabel: 'emr-7.13.0',
    jobDriver,
  }
}

/** Answers a call of EMR Serverless. */
export function emrCall({ operation, input }: Call, account: Account): Answer {
  if (input['applicationId'] !== application)
    return failed(
      'ResourceNotFoundException',
      `Application ${String(input['applicationId'])} does not exist.`,
      404,
    )
  if (operation === 'StartJobRun') return start(input, account)
  const run = account.runs.get(String(input['jobRunId']))
  if (run === undefined)
    return failed('ResourceNotFoundException', `JobRun ${String(input['jobRunId'])} does not exist.`, 404)
  if (operation === 'GetJobRun') return { status: 200, body: { jobRun: shown(run) } }
  stopRun(run)
  return { status: 200, body: { applicationId: application, jobRunId: run.id } }
}
