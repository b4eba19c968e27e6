import type { Code } from '../../../../base/codes.ts'
import { EtlError, type Retry } from '../../../../base/errors.ts'

/** What the SDK tells of a failed call. Source: `ServiceException` of @smithy/smithy-client 4. */
interface ServiceFailure {
  readonly name?: string
  readonly message?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

const denied =
  /^(AccessDenied|UnrecognizedClient|ExpiredToken|InvalidSignature|SignatureDoesNotMatch|InvalidAccessKeyId|CredentialsProvider)/
const throttled = /^(Throttl|TooManyRequests|RequestLimitExceeded|SlowDown|ProvisionedThroughput)/
const busy = /^(ConcurrentRunsExceeded|ResourceNumberLimitExceeded|ServiceQuotaExceeded)/
const missing = /^(ResourceNotFound|EntityNotFound|NoSuchBucket|NoSuchKey)/

/** What kind of failure a call of a service met. */
export type FailureKind = 'busy' | 'denied' | 'missing' | 'refused' | 'throttled' | 'unknown'

/** Judges a failed call; `unknown` may have taken effect: its answer did not arrive, or the service broke. */
export function kindOf(error: unknown): FailureKind {
  const { name = '', $metadata } = error as ServiceFailure
  if (denied.test(name)) return 'denied'
  if (throttled.test(name)) return 'throttled'
  if (busy.test(name)) return 'busy'
  if (missing.test(name)) return 'missing'
  const status = $metadata?.httpStatusCode ?? 500
  return status === 429 ? 'throttled' : status < 500 ? 'refused' : 'unknown'
}

const codeOf: Readonly<Record<FailureKind, readonly [Code, Retry, string?]>> = {
  busy: ['engine.job-refused', { afterMs: 60_000 }, 'Raise the limit of the job, or lower --concurrency.'],
  denied: ['connection.unauthorized', 'never', 'Check the credentials, the region and the policies.'],
  missing: ['engine.job-refused', 'never', 'Check the name or id, the region and the account.'],
  refused: ['engine.job-refused', 'never'],
  throttled: ['connection.failed', 'transient', 'The service asks for fewer calls: run again later.'],
  unknown: ['connection.failed', 'transient'],
}

/** Puts a failed call into the terms of the product. */
export function awsFailure(error: unknown, doing: string): unknown {
  if (error instanceof EtlError || (error as ServiceFailure).name === 'AbortError') return error
  const { name = 'Error', message = '' } = error as ServiceFailure
  const [code, retry, hint] = codeOf[kindOf(error)]
  return new EtlError(code, `${doing} failed: ${message} [${name}]`, {
    cause: error,
    params: { service: name },
    retry,
    ...(hint === undefined ? {} : { hint }),
  })
}

/** Calls a service, and fails in the terms of the product. */
export async function asking<T>(doing: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call()
  } catch (error) {
    throw awsFailure(error, doing)
  }
}

/** Calls made by a client before it gives up: throttling and lost answers of calls that may be repeated. */
export const attempts = 6
