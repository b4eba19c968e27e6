import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { httpApi, type HttpApi, type HttpApiOptions } from '../../packages/etl/src/index.ts'

/** A request as a server of the tests saw it. */
export interface Seen {
  readonly path: string
  readonly params: URLSearchParams
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** How a server of the tests answers; `n` counts requests from 0. */
export type Handler = (seen: Seen, response: ServerResponse, n: number) => void | Promise<void>

export interface Server extends AsyncDisposable {
  readonly url: string
  readonly origin: string
  readonly seen: Seen[]
  /** Other behaviour from now on; forgets what was seen. */
  answer(handler: Handler): void
  /** The API, impatient: waits are short. */
  api(options?: Partial<HttpApiOptions>): HttpApi
}

/** Starts an HTTP server on a free port of the loopback interface that behaves as it is told. */
export async function startServer(): Promise<Server> {
  const seen: Seen[] = []
  let handler: Handler = (_, response) => void response.writeHead(404).end()
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = []
    for await (const part of request) parts.push(part as Buffer)
    const url = new URL(request.url ?? '/', 'http://localhost')
    const { headers } = request
    const one = {
      path: url.pathname,
      params: url.searchParams,
      headers,
      body: Buffer.concat(parts).toString(),
    }
    seen.push(one)
    await handler(one, response, seen.length - 1)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  return {
    origin,
    url: `${origin}/v1`,
    seen,
    answer: (next) => {
      handler = next
      seen.length = 0
    },
    api: (options = {}) =>
      httpApi({
        url: `${origin}/v1`,
        allowPrivate: ['127.0.0.1'],
        attempts: 3,
        maxWaitMs: 40,
        timeoutMs: 5000,
        ...options,
      }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** Answers with JSON text. */
export function sendJson(
  response: ServerResponse,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(200, { 'content-type': 'application/json', ...headers }).end(text)
}
