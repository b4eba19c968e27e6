import { type Judgement, judgeService, type ServiceFailure, toldFailure } from '../service-failure.ts'

const network = 'Check AWS_REGION or AWS_ENDPOINT_URL_KINESIS, and the network.'
const hints = {
  rights: 'Check the credentials, and that their policy allows kinesis:PutRecords on the stream.',
  region: 'Set AWS_REGION.',
  network,
}

function judge(failure: ServiceFailure): Judgement {
  const { name = '' } = failure
  if (name === 'ResourceNotFoundException')
    return ['connection.failed', 'never', 'Check the name of the stream, the region and the account.']
  if (name.startsWith('KMS'))
    return ['connection.failed', 'never', 'Check the key of the stream and its policy.']
  if (/^(ProvisionedThroughputExceeded|LimitExceeded|Throttling)/.test(name))
    return ['connection.failed', 'transient', 'Give the stream more shards, or run again later.']
  return judgeService(failure, hints)
}

/** Puts a failed call of Kinesis into the terms of the product. */
export const kinesisFailure = (error: unknown, doing: string): unknown => toldFailure(error, doing, judge)
