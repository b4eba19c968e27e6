import { type Code, type codes } from '../../../base/codes.ts'
import { EtlError, type Retry } from '../../../base/errors.ts'
import type { Message } from './codec.ts'
import { isRetryable } from './retry.ts'
import { type Rpc, unary } from './rpc.ts'
import { RpcError } from './rpc-error.ts'

/** What Spark says of a failure; absent where it says nothing. */
interface SparkFailure {
  readonly message: string
  readonly errorClass?: string
  readonly sqlState?: string
  /** Where in the SQL text: its line and the piece, as Spark shows them. */
  readonly context?: string
}

/** Asks for the whole of a failure; servers before 4.0 cannot be asked. */
async function fetchDetails(rpc: Rpc, errorId: string): Promise<SparkFailure | undefined> {
  const request = { ...rpc.caller, error_id: errorId }
  const retry = { ...rpc.retry, budgetMs: Math.min(rpc.retry.budgetMs, 2_000) }
  const options = { retry, timeoutMs: 5_000 }
  const answer: Message<'FetchErrorDetailsResponse'> | undefined = await unary(
    rpc,
    'FetchErrorDetails',
    [request],
    options,
  ).catch(() => undefined)
  const root = namedError(answer)
  if (root?.message === undefined) return undefined
  const {
    error_class: errorClass,
    sql_state: sqlState,
    query_contexts: contexts,
  } = root.spark_throwable ?? {}
  const context = contexts?.map((c) => c.summary ?? c.fragment ?? '').join('\n')
  return {
    message: root.message,
    ...(errorClass === undefined ? {} : { errorClass }),
    ...(sqlState === undefined ? {} : { sqlState }),
    ...(context === undefined || context === '' ? {} : { context }),
  }
}

/**
 * The failure that says most: the outermost of the chain of causes that has an error class, since what waited for another
 * thread says only that it did; the outermost of all where none has.
 */
export function namedError(
  answer: Message<'FetchErrorDetailsResponse'> | undefined,
): Message<'FetchErrorDetailsResponse.Error'> | undefined {
  const { errors = [], root_error_idx: first = 0 } = answer ?? {}
  const seen = new Set<number>()
  for (let at: number | undefined = first; at !== undefined && !seen.has(at); at = errors[at]?.cause_idx) {
    seen.add(at)
    if (errors[at]?.spark_throwable?.error_class !== undefined) return errors[at]
  }
  return errors[first]
}

/** What a task failed of, without the story of the job and the Java stack around it. */
function innermost(message: string): string {
  const [, inner] = /Exception: (\[[A-Z0-9_.]+\].*?)(?:\n\tat |\n\nDriver stacktrace|$)/s.exec(message) ?? []
  return inner?.trim() ?? message
}

/** Names the Java exception (a JSON list of its classes, its own first) where it says nothing itself. */
function nameless(classes: string | undefined): string {
  const [name] = /[\w.$]+/.exec(classes ?? '') ?? []
  return name === undefined ? 'it failed without a word' : `it failed with a ${name} that says nothing`
}

/** What can be read from the failure itself. 3.5 names class and state only in the message. */
function ownDetails(error: RpcError): SparkFailure {
  const { info } = error
  const message = innermost(error.message.trim()) || nameless(info['classes'])
  const errorClass = info['errorClass'] ?? /^\[([A-Z0-9_.]+)\]/.exec(message)?.[1]
  const sqlState = info['sqlState'] ?? /SQLSTATE: ([0-9A-Z]{5})/.exec(message)?.[1]
  const context = /== SQL.*/s.exec(message)?.[0]
  return {
    message,
    ...(errorClass === undefined ? {} : { errorClass }),
    ...(sqlState === undefined ? {} : { sqlState }),
    ...(context === undefined ? {} : { context }),
  }
}

const outOfMemory = /OutOfMemory|Java heap space|GC overhead limit/
const clusterTrouble = /ExecutorLost|executor.{0,40}lost|FetchFailed|Worker decommissioned/i

function codeOf(error: RpcError, what: SparkFailure): keyof typeof codes {
  switch (error.status) {
    case 'UNAVAILABLE':
    case 'FAILED_PRECONDITION':
      return what.errorClass === undefined ? 'connection.failed' : 'engine.failed'
    case 'DEADLINE_EXCEEDED':
      return 'connection.timeout'
    case 'UNAUTHENTICATED':
    case 'PERMISSION_DENIED':
      return 'connection.unauthorized'
    case 'ABORTED':
      return 'connection.session-lost'
    case 'CANCELLED':
      return 'run.cancelled'
    default:
      return outOfMemory.test(what.message) ? 'engine.out-of-memory' : 'engine.failed'
  }
}

function retryOf(error: RpcError, code: Code, what: SparkFailure): Retry {
  if (error.retryAfterMs !== undefined) return { afterMs: error.retryAfterMs }
  if (code === 'connection.session-lost' || code === 'connection.timeout') return 'transient'
  if (code === 'engine.failed') return clusterTrouble.test(what.message) ? 'transient' : 'never'
  return isRetryable(error) ? 'transient' : 'never'
}

const hints: Readonly<Partial<Record<Code, string>>> = {
  'connection.failed': 'Check that the server runs and that its address, TLS and certificates are right.',
  'connection.unauthorized': 'Check the token and the headers of the address, and whether they have expired.',
  'connection.session-lost': 'Run again: nothing is published before a run has ended.',
}

/** What is shown of where an operation was sent, and that only. */
export interface Place {
  readonly rpc: Rpc
  /** `sc://host:port` */
  readonly address: string
}

/**
 * Puts a failure into the terms of the product: Spark's own words with its error class and SQLSTATE, and in `params`
 * `errorClass`, `sqlState`, `context` and `status` where they are known. Whatever is no failure of a call comes back as it is.
 *
 * Codes: `engine.failed`, `engine.out-of-memory`, `connection.failed`, `connection.timeout`, `connection.unauthorized`,
 * `connection.session-lost`, `run.cancelled`. `retry` says whether the same call may succeed later.
 */
export async function etlError(error: unknown, { rpc, address }: Place): Promise<unknown> {
  if (!(error instanceof RpcError)) return error
  const errorId = error.info['errorId']
  const own = ownDetails(error)
  const fetched = errorId === undefined ? undefined : await fetchDetails(rpc, errorId)
  const what = { ...own, ...fetched, message: fetched?.message || own.message }
  const code = codeOf(error, what)
  const hint = hints[code]
  const { errorClass, sqlState, context } = what
  const message =
    code === 'run.cancelled'
      ? 'The operation on Spark was cancelled'
      : `Spark at ${address}: ${what.message}${what.message.includes(errorClass ?? '') ? '' : ` [${errorClass}]`}`
  return new EtlError(code, message, {
    params: {
      status: error.status,
      ...(errorClass === undefined ? {} : { errorClass }),
      ...(sqlState === undefined ? {} : { sqlState }),
      ...(context === undefined ? {} : { context }),
    },
    retry: retryOf(error, code, what),
    cause: error,
    ...(hint === undefined ? {} : { hint }),
  })
}
