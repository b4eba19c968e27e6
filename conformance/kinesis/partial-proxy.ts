import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { buffer } from 'node:stream/consumers'

/** What becomes of a call: it is answered as a whole, its answer is lost or never comes, or some of its records fail. */
export type CallFault =
  | { readonly kind: 'status'; readonly status: number; readonly type: string }
  | { readonly kind: 'held' | 'lost' }
  | { readonly kind: 'some'; readonly fails: (key: string) => boolean }

/** A proxy in front of a stand-in for Kinesis that lets some records of calls fail, as throttled shards do. */
export interface PartialProxy extends AsyncDisposable {
  readonly endpoint: string
  readonly calls: number
  readonly failedRecords: number
}

interface Entry {
  readonly PartitionKey: string
}

/** Source: Kinesis API reference, "PutRecordsResultEntry", 2026. */
const throttled = {
  ErrorCode: 'ProvisionedThroughputExceededException',
  ErrorMessage: 'Rate exceeded for shard shardId-000000000000 in stream clicks under account 123456789012.',
}

/** Starts a proxy on a free port; `fault` is asked once for each PutRecords. */
export async function openPartialProxy(
  target: string,
  fault: () => CallFault | undefined,
): Promise<PartialProxy> {
  let calls = 0
  let failedRecords = 0
  const server = createServer((incoming, answer) => {
    const forward = async (body: string | Buffer): Promise<{ status: number; text: string }> => {
      const headers = new Headers()
      for (const name of [
        'authorization',
        'content-type',
        'x-amz-date',
        'x-amz-target',
        'x-amz-content-sha256',
      ])
        headers.set(name, String(incoming.headers[name] ?? ''))
      const theirs = await fetch(target, { method: 'POST', headers, body: String(body) })
      return { status: theirs.status, text: await theirs.text() }
    }
    const respond = (status: number, text: string): void => {
      answer.writeHead(status, { 'content-type': 'application/x-amz-json-1.1' }).end(text)
    }
    const handle = async (): Promise<void> => {
      const body = await buffer(incoming)
      const isPut = String(incoming.headers['x-amz-target']).endsWith('.PutRecords')
      if (isPut) calls++
      const met = isPut ? fault() : undefined
      if (met?.kind === 'held') return
      if (met?.kind === 'status')
        return respond(met.status, JSON.stringify({ __type: met.type, message: met.type }))
      if (met?.kind !== 'some') {
        const { status, text } = await forward(body)
        if (met?.kind === 'lost') answer.destroy()
        else respond(status, text)
        return
      }
      const asked = JSON.parse(body.toString()) as { readonly Records: readonly Entry[] }
      const failing = asked.Records.map(({ PartitionKey }) => met.fails(PartitionKey))
      failedRecords += failing.filter(Boolean).length
      const kept = asked.Records.filter((_, i) => failing[i] === false)
      const { status, text } =
        kept.length === 0
          ? { status: 200, text: '{"Records":[]}' }
          : await forward(JSON.stringify({ ...asked, Records: kept }))
      if (status !== 200) return respond(status, text)
      const arrived = (JSON.parse(text) as { Records: unknown[] }).Records
      const Records = failing.map((fails) => (fails ? throttled : arrived.shift()))
      respond(200, JSON.stringify({ Records, FailedRecordCount: failing.filter(Boolean).length }))
    }
    handle().catch(() => answer.destroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    get calls() {
      return calls
    },
    get failedRecords() {
      return failedRecords
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
