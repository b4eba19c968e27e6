import { type Code, EtlError, type Retry } from '../../base/index.ts'
import type { DynamodbPlace } from '../dynamodb.ts'

interface Told {
  readonly code: Code
  readonly retry?: Retry
  readonly hint: string
}

const throttling = [
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'ThrottlingException',
  'LimitExceededException',
]
const rights = [
  'AccessDeniedException',
  'UnrecognizedClientException',
  'InvalidSignatureException',
  'ExpiredTokenException',
  'MissingAuthenticationTokenException',
  'IncompleteSignatureException',
  'CredentialsProviderError',
]
const network = ['ECONNREFUSED', 'ECONNRESET', 'ENOTFOUND', 'EAI_AGAIN', 'EPIPE', 'EHOSTUNREACH']

function told(name: string, code: string, status: number): Told {
  if (throttling.includes(name))
    return {
      code: 'source.throttled',
      retry: 'transient',
      hint: 'Lower readUnitsPerSecond or segments, or raise the capacity of the table.',
    }
  if (rights.includes(name))
    return { code: 'connection.unauthorized', hint: 'Check the credentials and what their policy allows.' }
  if (name === 'ResourceNotFoundException')
    return { code: 'source.schema', hint: 'Check the name of the table, the region and the account.' }
  if (name === 'TimeoutError' || code === 'ETIMEDOUT')
    return { code: 'connection.timeout', retry: 'transient', hint: 'Check the region and the endpoint.' }
  if (network.includes(code))
    return { code: 'connection.failed', retry: 'transient', hint: 'Check the region and the endpoint.' }
  if (status >= 500) return { code: 'source.failed', retry: 'transient', hint: 'Run again.' }
  return { code: 'source.failed', hint: 'Look at the words of the service.' }
}

/** Where a service is, without who asks. */
export const placeOf = ({ region, endpoint }: DynamodbPlace): string => endpoint ?? `DynamoDB in ${region}`

/** A failure of the SDK in the terms of the product; what is none comes back as it is. */
export function dynamodbFailure(error: unknown, place: DynamodbPlace): unknown {
  if (error instanceof EtlError || !(error instanceof Error) || error.name === 'AbortError') return error
  const { code = '', $metadata } = error as { code?: string; $metadata?: { httpStatusCode?: number } }
  const { hint, retry, ...rest } = told(error.name, code, $metadata?.httpStatusCode ?? 0)
  return new EtlError(rest.code, `${placeOf(place)}: ${error.message || error.name}`, {
    cause: error,
    hint,
    params: { errorCode: error.name },
    ...(retry === undefined ? {} : { retry }),
  })
}
