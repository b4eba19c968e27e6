import {
  type Judgement,
  judgeService,
  type ServiceFailure,
  type ServiceHints,
  statusOf,
  toldFailure,
} from '../service-failure.ts'

const hints: ServiceHints = {
  rights: 'Check the credentials, the region, and the policies of role, bucket and key.',
  region: "Set AWS_REGION, or `s3: { region: 'eu-central-1' }` in securecart.config.ts.",
  network: 'Check `s3.endpoint` or AWS_ENDPOINT_URL_S3, and the network.',
}

function judge(failure: ServiceFailure): Judgement {
  const { name = '' } = failure
  if (name === 'NoSuchBucket')
    return ['connection.failed', 'never', 'Check the name of the bucket and the account.']
  if (name === 'PermanentRedirect' || statusOf(failure) === 301)
    return ['connection.failed', 'never', 'The bucket is in another region: set `s3.region`.']
  if (/KMS/.test(name) && statusOf(failure) !== 403)
    return ['connection.failed', 'never', 'Check `s3.kmsKey` and the policy of the key.']
  return judgeService(failure, hints)
}

/** Puts a failed call into the terms of the product; cancellations and own errors stay what they are. */
export const s3Failure = (error: unknown, doing: string): unknown => toldFailure(error, doing, judge)
