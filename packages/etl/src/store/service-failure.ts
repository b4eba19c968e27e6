import type { Code } from '../base/codes.ts'
import { EtlError, type Retry } from '../base/errors.ts'

/** What the SDK tells of a failed call. Source: `ServiceException` of @smithy/smithy-client 4. */
export interface ServiceFailure {
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
  /^(AccessDenied|AllAccessDisabled|AuthorizationHeader|CredentialsProvider|ExpiredToken|IncompleteSignature|Invalid(AccessKeyId|Token|Signature)|MissingAuthenticationToken|RequestTimeTooSkewed|SignatureDoesNotMatch|TokenRefreshRequired|UnrecognizedClient|Forbidden)/

export type Judgement = readonly [code: Code, retry: Retry, hint?: string]

/** What to do about failures that every service has. */
export interface ServiceHints {
  readonly rights: string
  readonly region: string
  readonly network: string
}

/** Judges a failed call by what every service has in common. */
export function judgeService(failure: ServiceFailure, hints: ServiceHints): Judgement {
  const { name = '', code = '', message = '' } = failure
  const status = statusOf(failure)
  if (denied.test(name) || denied.test(code) || status === 401 || status === 403)
    return ['connection.unauthorized', 'never', hints.rights]
  if (/region is missing/i.test(message)) return ['config.invalid', 'never', hints.region]
  // The SDK names resets of connections so, too.
  if (/TIMEDOUT/.test(code) || (name === 'TimeoutError' && code === '' && /time/i.test(message)))
    return ['connection.timeout', 'transient']
  if (/ENOTFOUND|EAI_AGAIN/.test(code)) return ['connection.failed', 'transient', hints.network]
  if (status !== undefined && status < 500 && status !== 429) return ['connection.failed', 'never']
  return ['connection.failed', 'transient']
}

/** Puts a failed call into the terms of the product; cancellations and own errors stay what they are. */
export function toldFailure(
  error: unknown,
  doing: string,
  judge: (failure: ServiceFailure) => Judgement,
): unknown {
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
