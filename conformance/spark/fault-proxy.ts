import { once } from 'node:events'
import { type AddressInfo, type Socket, connect, createServer } from 'node:net'
import { Transform } from 'node:stream'

/** What happens to one connection. */
export interface Fault {
  /** Of what the bytes are counted: the server's answers or the client's requests. */
  readonly of: 'answers' | 'requests'
  /** Bytes that still pass, counted from when the fault was given. */
  readonly afterBytes: number
  /** Reset both sides, end them in order (which truncates what was under way), or let nothing pass any more. */
  readonly how: 'reset' | 'end' | 'stall'
}

/** A TCP proxy between a client and a server, which does harm when it is told to. */
export interface FaultProxy extends AsyncDisposable {
  readonly port: number
  /** Connections that a fault ended so far. */
  readonly cuts: number
  /** Connections that were made so far. */
  readonly connections: number
  /** Gives faults: the first to the connection that is open, if any, each other to the next connection that is made. */
  give(...faults: readonly Fault[]): void
  /** Takes back the faults that no connection has met. */
  forget(): void
  /** Delays everything that passes from now on. */
  delay(ms: number): void
  /** Resets new connections from now on, or no longer. */
  refuse(refused: boolean): void
}

interface Pair {
  readonly client: Socket
  readonly server: Socket
  fault: { readonly what: Fault; left: number } | undefined
  ended: boolean
}

/** A port of this machine, which may be asked for at each connection, or a Unix socket. */
export type ProxyTarget = number | (() => number) | { readonly path: string }

/** Starts a proxy in front of a server of this machine. */
export async function startFaultProxy(target: ProxyTarget): Promise<FaultProxy> {
  const pairs = new Set<Pair>()
  const waiting: Fault[] = []
  const state = { cuts: 0, connections: 0, delayMs: 0, refused: false }

  const takeFault = (pair: Pair): void => {
    const what = waiting.shift()
    if (what !== undefined) pair.fault = { what, left: what.afterBytes }
  }
  const cut = (pair: Pair): void => {
    pair.ended = true
    state.cuts++
    const how = pair.fault?.what.how
    for (const socket of [pair.client, pair.server]) {
      // A Unix socket knows no reset.
      if (how === 'reset' && socket.remoteAddress === undefined) socket.destroy()
      else if (how === 'reset') socket.resetAndDestroy()
      else if (how === 'end') socket.end()
    }
    if (how !== 'stall') pairs.delete(pair)
  }
  const pass = (pair: Pair, of: Fault['of']): Transform =>
    new Transform({
      transform(chunk: Buffer, _, done) {
        if (pair.ended) return done()
        const fault = pair.fault?.what.of === of ? pair.fault : undefined
        const part = fault === undefined ? chunk : chunk.subarray(0, fault.left)
        if (fault !== undefined) fault.left -= part.length
        const send = (): void => {
          if (part.length > 0) this.push(part)
          if (fault !== undefined && fault.left <= 0) cut(pair)
          done()
        }
        if (state.delayMs > 0) setTimeout(send, state.delayMs)
        else send()
      },
    })

  const listener = createServer((client) => {
    state.connections++
    client.on('error', () => {})
    if (state.refused) return void client.resetAndDestroy()
    const to =
      typeof target === 'object'
        ? target
        : { host: '127.0.0.1', port: typeof target === 'number' ? target : target(), noDelay: true }
    const server = connect(to).on('error', () => client.destroy())
    client.setNoDelay(true)
    const pair: Pair = { client, server, fault: undefined, ended: false }
    pairs.add(pair)
    takeFault(pair)
    client.pipe(pass(pair, 'requests')).pipe(server)
    server.pipe(pass(pair, 'answers')).pipe(client)
    const close = (): void => {
      pairs.delete(pair)
      if (pair.fault?.what.how === 'stall' && pair.ended) return
      client.destroy()
      server.destroy()
    }
    client.once('close', close)
    server.once('close', close)
  }).listen(0, '127.0.0.1')
  await once(listener, 'listening')
  return {
    port: (listener.address() as AddressInfo).port,
    get cuts() {
      return state.cuts
    },
    get connections() {
      return state.connections
    },
    give(...faults) {
      waiting.push(...faults)
      const open = [...pairs].findLast((pair) => !pair.ended)
      if (open !== undefined && open.fault === undefined) takeFault(open)
    },
    forget: () => void waiting.splice(0),
    delay: (ms) => void (state.delayMs = ms),
    refuse: (refused) => void (state.refused = refused),
    async [Symbol.asyncDispose]() {
      for (const { client, server } of pairs) {
        client.destroy()
        server.destroy()
      }
      listener.close()
      await once(listener, 'close')
    },
  }
}
