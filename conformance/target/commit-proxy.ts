import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** What becomes of the next COMMIT that passes through. */
export type CommitFate =
  /** It passes, and so does its answer. */
  | 'passes'
  /** It reaches the server; the connection breaks before the answer. */
  | 'answer lost'
  /** It never reaches the server; the connection breaks at once. */
  | 'never arrives'
  /** It never reaches the server, which is not told that the client is gone either. */
  | 'hangs'

/** A TCP proxy in front of PostgreSQL that breaks connections at their COMMIT. */
export interface CommitProxy extends AsyncDisposable {
  readonly port: number
  fate: CommitFate
  /** How many commits met a fate other than `passes`. */
  broken: number
}

// A simple query is `Q`, its length, the text and a zero byte. Source: PostgreSQL 17, "Message Formats".
const commit = Buffer.from('Q\0\0\0\u000bCOMMIT\0')

/** Starts a proxy to a Unix socket or a TCP port. */
export async function startCommitProxy(
  to: { readonly path: string } | { readonly host: string; readonly port: number },
): Promise<CommitProxy> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => {
    const upstream = connect(to)
    for (const socket of [client, upstream]) {
      sockets.add(socket)
      socket.on('error', () => undefined)
      socket.on('close', () => sockets.delete(socket))
    }
    let silent = false
    client.on('data', (bytes: Buffer) => {
      const isCommit = bytes.includes(commit)
      if (!isCommit || proxy.fate === 'passes') return void upstream.write(bytes)
      proxy.broken += 1
      const fate = proxy.fate
      proxy.fate = 'passes'
      silent = true
      if (fate === 'answer lost') {
        upstream.write(bytes)
        upstream.once('data', () => {
          client.destroy()
          upstream.destroy()
        })
        return
      }
      client.destroy()
      if (fate === 'never arrives') upstream.destroy()
    })
    upstream.on('data', (bytes: Buffer) => {
      if (!silent) client.write(bytes)
    })
    client.on('close', () => {
      if (!silent) upstream.destroy()
    })
    upstream.on('close', () => client.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const proxy: CommitProxy = {
    port: (server.address() as AddressInfo).port,
    fate: 'passes',
    broken: 0,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
  return proxy
}
