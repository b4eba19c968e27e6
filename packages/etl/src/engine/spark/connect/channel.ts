import { type ClientHttp2Session, type ClientHttp2Stream, constants } from 'node:http2'
import { Readable } from 'node:stream'
import { type ConnectionOptions, keepAlive, openConnection } from './connection.ts'
import { frame, unframer } from './frame.ts'
import { RpcError, failureIn } from './rpc-error.ts'

/** One call of the service. */
export interface Call {
  readonly method: string
  readonly requests: Iterable<Uint8Array>
  /** The longest time that the whole call may take. */
  readonly timeoutMs?: number
  /** The longest time that an answer is waited for before the connection counts as lost. */
  readonly idleMs?: number
  readonly signal?: AbortSignal
}

/** One HTTP/2 connection for many calls at a time, made anew when it was lost. Speaks gRPC. */
export interface Channel extends AsyncDisposable {
  /** How many connections were made so far. */
  connections(): number
  /**
   * The messages of the answer, in order. They are read as the consumer asks for them: one that does not, holds back the
   * server. Ends early when the consumer leaves. Fails with an `RpcError`.
   */
  call(call: Call): AsyncGenerator<Uint8Array, void, undefined>
}

const service = '/spark.connect.SparkConnectService/'

function headersOf(options: ConnectionOptions, call: Call): Record<string, string> {
  const { address } = options
  return {
    // First, so that nothing of the protocol can be replaced.
    ...address.headers,
    ...(address.token === undefined ? {} : { authorization: `Bearer ${address.token}` }),
    [constants.HTTP2_HEADER_METHOD]: 'POST',
    [constants.HTTP2_HEADER_PATH]: service + call.method,
    'content-type': 'application/grpc',
    te: 'trailers',
    'user-agent': address.userAgent ?? 'securecart-etl',
    ...(call.timeoutMs === undefined ? {} : { 'grpc-timeout': `${Math.ceil(call.timeoutMs)}m` }),
  }
}

function* framed(requests: Iterable<Uint8Array>): Generator<Buffer> {
  for (const request of requests) yield frame(request)
}

function streamError(stream: ClientHttp2Stream, error: unknown): RpcError {
  if (error instanceof RpcError) return error
  // What the server refused, it did not look at (RFC 9113, section 8.7).
  const reached = stream.rstCode === constants.NGHTTP2_REFUSED_STREAM ? 'unsent' : 'sent'
  const why = (error as { code?: string } | undefined)?.code ?? 'it ended early'
  return new RpcError('UNAVAILABLE', `the connection was lost (${why})`, { reached, cause: error })
}

/** Ends a stream with an error when one of the call's limits is reached. */
function watch(stream: ClientHttp2Stream, call: Call): { arm(): void; disarm(): void; end(): void } {
  const fail = (error: RpcError) => (): void => void stream.destroy(error)
  const cancel = fail(new RpcError('CANCELLED', 'the call was cancelled'))
  const slow = new RpcError('DEADLINE_EXCEEDED', `no answer within ${call.timeoutMs} ms`)
  const silent = new RpcError('UNAVAILABLE', `nothing was heard for ${call.idleMs} ms`)
  // A connection that may be dead takes no further calls: the next one makes another.
  const late = (): void => {
    stream.session?.close()
    fail(slow)()
  }
  const dead = (): void => {
    const { session } = stream
    fail(silent)()
    session?.destroy()
  }
  const deadline = call.timeoutMs === undefined ? undefined : setTimeout(late, call.timeoutMs)
  let idle: NodeJS.Timeout | undefined
  call.signal?.addEventListener('abort', cancel, { once: true })
  return {
    arm() {
      if (call.idleMs !== undefined) idle = setTimeout(dead, call.idleMs)
    },
    disarm: () => clearTimeout(idle),
    end() {
      clearTimeout(idle)
      clearTimeout(deadline)
      call.signal?.removeEventListener('abort', cancel)
    },
  }
}

async function* answers(stream: ClientHttp2Stream, call: Call): AsyncGenerator<Uint8Array, void, undefined> {
  let outcome: RpcError | undefined | 'open' = 'open'
  const note = (headers: Parameters<typeof failureIn>[0]): void => void (outcome = failureIn(headers))
  stream.once('response', note).once('trailers', note)
  const limits = watch(stream, call)
  const messages = unframer()
  const chunks = stream[Symbol.asyncIterator]()
  try {
    for (;;) {
      limits.arm()
      const { done, value } = await chunks.next()
      limits.disarm()
      if (done === true) break
      yield* messages.push(value as Uint8Array)
    }
    if (outcome === 'open' || messages.pending > 0) throw new Error('it ended early')
  } catch (error) {
    // What the server said last counts more than how the stream ended.
    if (outcome === 'open') throw streamError(stream, error)
  } finally {
    limits.end()
    if (!stream.destroyed) stream.close(constants.NGHTTP2_CANCEL)
  }
  if (outcome !== undefined && (outcome as unknown) !== 'open') throw outcome
}

/** Waits for a connection no longer than the call may take. */
async function within<T>(work: Promise<T> | T, call: Call): Promise<T> {
  const limits = new AbortController()
  const { timeoutMs, signal } = call
  try {
    return await new Promise<T>((resolve, reject) => {
      const fail = (error: RpcError) => (): void => reject(error)
      const unsent = { reached: 'unsent' } as const
      const cancelled = fail(new RpcError('CANCELLED', 'the call was cancelled', unsent))
      signal?.addEventListener('abort', cancelled, { signal: limits.signal })
      if (timeoutMs !== undefined) {
        const late = new RpcError('DEADLINE_EXCEEDED', `no connection within ${timeoutMs} ms`, unsent)
        const timer = setTimeout(fail(late), timeoutMs)
        limits.signal.addEventListener('abort', () => clearTimeout(timer))
      }
      Promise.resolve(work).then(resolve, reject)
    })
  } finally {
    limits.abort()
  }
}

/** Makes a channel; it connects with the first call, and again when the connection was lost. */
export function openChannel(options: ConnectionOptions): Channel {
  let opening: Promise<ClientHttp2Session> | undefined
  let live: ClientHttp2Session | undefined
  const all = new Set<ClientHttp2Session>()
  let calls = 0
  let disposed = false
  let made = 0

  const open = async (): Promise<ClientHttp2Session> => {
    const session = await openConnection(options)
    made++
    all.add(session)
    session.once('close', () => all.delete(session))
    keepAlive(session, options, () => calls > 0)
    live = session
    return session
  }
  const connected = (): Promise<ClientHttp2Session> | ClientHttp2Session => {
    // A connection that the server takes leave of is closed while its last calls go on.
    if (live !== undefined && !live.closed && !live.destroyed) return live
    opening ??= open().finally(() => (opening = undefined))
    return opening
  }

  return {
    connections: () => made,
    async *call(call) {
      if (disposed || call.signal?.aborted === true)
        throw new RpcError('CANCELLED', 'the call was cancelled', { reached: 'unsent' })
      calls++
      try {
        yield* answers(
          request(await within(connected(), call), headersOf(options, call), call.requests),
          call,
        )
      } finally {
        calls--
      }
    },
    async [Symbol.asyncDispose]() {
      disposed = true
      await opening?.catch(() => {})
      for (const session of all) session.destroy()
    },
  }
}

function request(
  session: ClientHttp2Session,
  headers: Record<string, string>,
  requests: Iterable<Uint8Array>,
): ClientHttp2Stream {
  try {
    const stream = session.request(headers, { endStream: false })
    // Whoever reads the answers hears of failures; one after the last answer must not end the process.
    stream.on('error', () => {})
    Readable.from(framed(requests)).pipe(stream)
    return stream
  } catch (error) {
    throw new RpcError('UNAVAILABLE', 'the connection was lost', { reached: 'unsent', cause: error })
  }
}
