import { type ClientHttp2Session, connect } from 'node:http2'
import { RpcError } from './rpc-error.ts'
import { type SparkAddress, shownAddress } from './url.ts'

/** How a connection is made and kept. */
export interface ConnectionOptions {
  readonly address: SparkAddress
  /** Certificates of authorities in PEM, instead of those that Node trusts. */
  readonly ca?: string
  /** How long a connection may take to be made; 10 s unless given. */
  readonly connectTimeoutMs?: number
  /**
   * How often the connection is tried while calls are open. Spark's server hangs up on clients that ask more often than
   * every five minutes without receiving anything, so 310 s unless given.
   */
  readonly keepAliveMs?: number
  /** How long the answer to that may take before the connection is given up; 20 s unless given. */
  readonly keepAliveTimeoutMs?: number
}

// Small enough that what is under way never exceeds the 10 MB that a Spark server keeps for a client that reattaches.
const streamWindowBytes = 2 * 1024 * 1024
const connectionWindowBytes = 32 * 1024 * 1024

// Given on to the socket: the system notices a peer that vanished, and balancers one that is alive.
const tcp = { keepAlive: true, keepAliveInitialDelay: 30_000, noDelay: true }

const untrusted = /CERT|SELF_SIGNED|ISSUER|^ERR_TLS|^ERR_SSL|UNABLE_TO_VERIFY/

function connectError(address: SparkAddress, error: Error & { code?: string }): RpcError {
  const code = error.code ?? error.message
  const message = `no connection to ${shownAddress(address)} (${code})`
  // A server that fails the handshake does so each time; one that does not listen may yet.
  const status = untrusted.test(code) ? 'FAILED_PRECONDITION' : 'UNAVAILABLE'
  return new RpcError(status, message, { reached: 'unsent', cause: error })
}

/** Opens a connection; fails with an `RpcError` of which nothing was sent. */
export function openConnection(options: ConnectionOptions): Promise<ClientHttp2Session> {
  const { address } = options
  const host = address.host.includes(':') ? `[${address.host}]` : address.host
  const session = connect(`${address.tls ? 'https' : 'http'}://${host}:${address.port}`, {
    settings: { enablePush: false, initialWindowSize: streamWindowBytes },
    ...(options.ca === undefined ? {} : { ca: options.ca }),
    ...tcp,
  })
  return new Promise((resolve, reject) => {
    const timeoutMs = options.connectTimeoutMs ?? 10_000
    const timer = setTimeout(() => {
      session.destroy(new Error(`no answer in ${timeoutMs} ms`))
    }, timeoutMs)
    session.once('error', (error) => {
      clearTimeout(timer)
      reject(connectError(address, error))
    })
    session.once('close', () => {
      clearTimeout(timer)
      reject(connectError(address, new Error('the server hung up')))
    })
    // The settings of the server show that it speaks HTTP/2; a TCP connection alone may end at a dead proxy.
    session.once('remoteSettings', () => {
      clearTimeout(timer)
      session.setLocalWindowSize(connectionWindowBytes)
      // Failures reach the streams; without a listener they would end the process.
      session.on('error', () => {})
      resolve(session)
    })
  })
}

/** Tries the connection while it is busy, and ends it when no answer comes. Until it is closed. */
export function keepAlive(
  session: ClientHttp2Session,
  options: ConnectionOptions,
  isBusy: () => boolean,
): void {
  const beat = setInterval(() => {
    if (session.destroyed || !isBusy()) return
    const timeout = setTimeout(() => {
      session.destroy(new Error('the server does not answer pings'))
    }, options.keepAliveTimeoutMs ?? 20_000).unref()
    session.ping(() => clearTimeout(timeout))
  }, options.keepAliveMs ?? 310_000).unref()
  session.once('close', () => clearInterval(beat))
}
