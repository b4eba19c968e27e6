import { once } from 'node:events'
import { createServer, request } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a proxy answers by itself; undefined: the server's answer. */
export type Fault = (operation: string) => { readonly status: number; readonly body: string } | undefined

/** A proxy in front of a server that lets requests through or answers with faults of the service. */
export interface FaultyProxy extends AsyncDisposable {
  readonly endpoint: string
  /** Operations in the order in which they came, such as `Scan`. */
  readonly operations: readonly string[]
}

/** The answer of DynamoDB where too much is asked of it (API reference, common errors, 2026). */
export const throttled = {
  status: 400,
  body: JSON.stringify({
    __type: 'com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException',
    message: 'The level of configured provisioned throughput for the table was exceeded.',
  }),
}

/** Starts a proxy on a free port. */
export async function openFaultyProxy(target: string, fault: Fault): Promise<FaultyProxy> {
  const operations: string[] = []
  const server = createServer((incoming, answer) => {
    const operation = String(incoming.headers['x-amz-target']).split('.')[1] ?? ''
    operations.push(operation)
    const own = fault(operation)
    if (own !== undefined) {
      incoming.resume()
      answer.writeHead(own.status, { 'content-type': 'application/x-amz-json-1.0' }).end(own.body)
      return
    }
    const { method, headers } = incoming
    const onward = request(`${target}${incoming.url ?? '/'}`, { method, headers }, (theirs) => {
      answer.writeHead(theirs.statusCode ?? 502, theirs.headers)
      theirs.pipe(answer)
    })
    onward.on('error', () => answer.destroy())
    incoming.pipe(onward)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    operations,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
