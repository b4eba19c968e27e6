import type { Code } from '../../base/codes.ts'
import { EtlError, type Retry } from '../../base/errors.ts'

/** What the SDK tells of a failed call. Source: `ServiceException` of @smithy/smithy-client 4. */
interface ServiceFailure {
  readonly name?: string
  readonly code?: string
  readonly message?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

/** The HTTP status that a failed call was answered with; undefined when no answer came. */
export function statusOf(error: unknown): number | undefined {
  // A thrown value need not be an object.
  return (error as ServiceFailure | undefined)?.$metadata?.httpStatusCode
}

const denied =
  /^(AccessDenied|AllAccessDisabled|AuthorizationHeader|CredentialsProvider|ExpiredToken|Invalid(AccessKeyId|Token|Signature)|RequestTimeTooSkewed|SignatureDoesNotMatch|TokenRefreshRequired|Forbidden)/

function judge(failure: ServiceFailure): readonly [code: Code, retry: Retry, hint?: string] {
  const { name = '', code = '', message = '' } = failure
  const status = statusOf(failure)
  if (denied.test(name) || denied.test(code) || status === 401 || status === 403)
    return [
      'connection.unauthorized',
      'never',
      'Check the credentials, the region, and the policies of role, bucket and key.',
    ]
  if (/region is missing/i.test(message))
    return [
      'config.invalid',
      'never',
      "Set AWS_REGION, or `s3: { region: 'eu-central-1' }` in securecart.config.ts.",
    ]
  if (name === 'NoSuchBucket')
    return ['connection.failed', 'never', 'Check the name of the bucket and the account.']
  if (name === 'PermanentRedirect' || status === 301)
    return ['connection.failed', 'never', 'The bucket is in another region: set `s3.region`.']
  if (/KMS/.test(name)) return ['connection.failed', 'never', 'Check `s3.kmsKey` and the policy of the key.']
  // The SDK names resets of connections so, too.
  if (/TIMEDOUT/.test(code) || (name === 'TimeoutError' && code === '' && /time/i.test(message)))
    return ['connection.timeout', 'transient']
  if (/ENOTFOUND|EAI_AGAIN/.test(code))
    return ['connection.failed', 'transient', 'Check `s3.endpoint` or AWS_ENDPOINT_URL_S3, and the network.']
  if (status !== undefined && status < 500 && status !== 429) return ['connection.failed', 'never']
  return ['connection.failed', 'transient']
}

/** Puts a failed call into the terms of the product; cancellations and own errors stay what they are. */
export function s3Failure(error: unknown, doing: string): unknown {
  const failure = error as ServiceFailure
  if (error instanceof EtlError || failure.name === 'AbortError') return error
  const [code, retry, hint] = judge(failure)
  const { name = 'Error', message = '' } = failure
  const said = message === '' || message === name ? (failure.code ?? '') : message
  return new EtlError(code, `${doing} failed: ${said === '' ? name : `${said} [${name}]`}`, {
    cause: error,
    params: { service: name },
    retry,
    ...(hint === undefined ? {} : { hint }),
  })
}
