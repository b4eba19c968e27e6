import type { Channel } from './channel.ts'
import { type Message, type MessageName, decode, encode } from './codec.ts'
import { type RetryPolicy, retrying } from './retry.ts'
import { RpcError } from './rpc-error.ts'

/** Who makes the calls: what every request carries. */
export interface Caller {
  readonly session_id: string
  readonly user_context: Message<'UserContext'>
  readonly client_type: string
}

/** The channel with what its calls have in common. */
export interface Rpc {
  readonly channel: Channel
  readonly caller: Caller
  readonly retry: RetryPolicy
  /** The longest time that a call with one answer may take. */
  readonly timeoutMs: number
  /** The longest silence of a call with many answers before the connection counts as lost. */
  readonly idleMs: number
}

export interface UnaryOptions {
  readonly signal?: AbortSignal
  readonly retry?: RetryPolicy
  readonly timeoutMs?: number
}

type Method =
  | 'AddArtifacts'
  | 'AnalyzePlan'
  | 'Config'
  | 'FetchErrorDetails'
  | 'Interrupt'
  | 'ReleaseExecute'
  | 'ReleaseSession'

/** Makes a call with one answer, again when the connection fails: all such calls may be repeated. */
export async function unary<M extends Method>(
  rpc: Rpc,
  method: M,
  requests: Iterable<Message<`${M}Request`>>,
  options: UnaryOptions = {},
): Promise<Message<`${M}Response`>> {
  const { signal } = options
  const attempt = async (): Promise<Message<`${M}Response`>> => {
    const call = {
      method,
      requests: encoded(`${method}Request`, requests),
      timeoutMs: options.timeoutMs ?? rpc.timeoutMs,
      ...(signal === undefined ? {} : { signal }),
    }
    let answer: Uint8Array | undefined
    for await (const message of rpc.channel.call(call)) answer = message
    if (answer !== undefined) return decode(`${method}Response`, answer)
    throw new RpcError('INTERNAL', `the server gave no answer to ${method}`)
  }
  return retrying(options.retry ?? rpc.retry, attempt, signal)
}

function* encoded<N extends MessageName>(name: N, requests: Iterable<Message<N>>): Generator<Uint8Array> {
  for (const request of requests) yield encode(name, request)
}
