import type { Code } from '../../base/codes.ts'
import { EtlError, type Retry } from '../../base/errors.ts'

interface ServiceFailure {
  readonly name?: string
  readonly code?: string
  readonly message?: string
  readonly $metadata?: { readonly httpStatusCode?: number }
}

const denied =
  /^(AccessDenied|CredentialsProvider|ExpiredToken|IncompleteSignature|InvalidClientTokenId|InvalidSignature|MissingAuthenticationToken|NotAuthorized|OptInRequired|SignatureDoesNotMatch|UnrecognizedClient)/

const statusOf = (failure: ServiceFailure): number | undefined => failure.$metadata?.httpStatusCode

/** Whether a call was answered with a refusal, so that asking again is of no use. */
export function isOver(error: unknown): boolean {
  const failure = error as ServiceFailure
  const status = statusOf(failure)
  if (/^(Throttling|TooManyRequests)/.test(failure.name ?? '')) return false
  return status !== undefined
    ? status < 500 && status !== 429
    : /CredentialsProvider|region/i.test(`${failure.name} ${failure.message}`)
}

function judge(failure: ServiceFailure): readonly [code: Code, retry: Retry, hint?: string] {
  const { name = '', message = '' } = failure
  const status = statusOf(failure)
  if (denied.test(name) || status === 401 || status === 403)
    return [
      'connection.unauthorized',
      'never',
      'Check the credentials and the policies that docs/warehouse.md lists.',
    ]
  if (/region is missing/i.test(message))
    return ['config.invalid', 'never', "Set AWS_REGION, or `region: 'eu-central-1'` in redshift({…})."]
  if (/^(ResourceNotFound|Validation|DatabaseConnection)/.test(name))
    return ['connection.failed', 'never', 'Check workgroup or cluster, database, user and region.']
  if (status !== undefined && status < 500 && status !== 429) return ['connection.failed', 'never']
  return ['connection.failed', 'transient']
}

/** Puts a failed call of the Data API into the terms of the product. `answer: none` says that its effect is not known. */
export function dataApiFailure(error: unknown, doing: string): unknown {
  const failure = error as ServiceFailure
  if (error instanceof EtlError || failure.name === 'AbortError') return error
  const [code, retry, hint] = judge(failure)
  const { name = 'Error', message = '' } = failure
  return new EtlError(
    code,
    `${doing} failed: ${message === '' ? (failure.code ?? name) : message} [${name}]`,
    {
      cause: error,
      params: { service: name, answer: retry === 'transient' ? 'none' : 'refusal' },
      retry,
      ...(hint === undefined ? {} : { hint }),
    },
  )
}
