import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

interface WireRecord {
  readonly dynamodb: {
    readonly Keys: { readonly id: { readonly S: string } }
    readonly SequenceNumber: string
  }
}

interface VirtualShard {
  readonly id: string
  readonly parent: string | undefined
  /** It has the keys whose hash is `slot` modulo `of`. */
  readonly slot: number
  readonly of: number
  /** Records after `from` up to `to`; undefined: it is open. */
  readonly from: bigint
  to: bigint | undefined
}

/** DynamoDB Local behind a proxy that deals the records of its one shard out to a tree of shards. */
export interface ShardedStream extends AsyncDisposable {
  readonly endpoint: string
  /** Closes every open shard; each gets so many children. */
  split(children: 1 | 2): Promise<void>
  /** No longer lists shards without a listed parent that are closed. */
  trim(): void
  readonly shards: number
}

const hash = (key: string): number => createHash('md5').update(key).digest().readUInt32BE()

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of message) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** Answers of GetRecords hold so few records that every shard takes several. */
const mostRecords = 7

/** Starts the proxy. Tables have the text key `id`. Where there is a stream, there is one. */
export async function openShardedStream(target: string): Promise<ShardedStream> {
  let next = 0
  const newShard = (shard: Omit<VirtualShard, 'id' | 'to'>): VirtualShard => ({
    id: `shardId-${String(++next).padStart(20, '0')}-virtual0`,
    ...shard,
    to: undefined,
  })
  let shards = [newShard({ parent: undefined, slot: 0, of: 1, from: -1n })]
  let stream = ''
  const ask = async (operation: string, body: object): Promise<Record<string, unknown>> => {
    const answer = await fetch(target, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDBStreams_20120810.${operation}`,
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20240101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      },
      body: JSON.stringify(body),
    })
    return (await answer.json()) as Record<string, unknown>
  }
  const records = async (): Promise<readonly WireRecord[]> => {
    const { StreamDescription } = await ask('DescribeStream', { StreamArn: stream })
    const [real] = (StreamDescription as { Shards: { ShardId: string }[] }).Shards
    const asked = { StreamArn: stream, ShardId: real?.ShardId, ShardIteratorType: 'TRIM_HORIZON' }
    let { ShardIterator } = await ask('GetShardIterator', asked)
    const all: WireRecord[] = []
    for (;;) {
      const page = await ask('GetRecords', { ShardIterator })
      const some = page['Records'] as WireRecord[]
      if (some.length === 0) return all
      all.push(...some)
      ShardIterator = page['NextShardIterator']
    }
  }
  const answer = async (operation: string, body: Record<string, unknown>): Promise<object> => {
    if (operation === 'DescribeStream') {
      stream = String(body['StreamArn'])
      const real = await ask(operation, body)
      const description = real['StreamDescription'] as object
      const Shards = shards.map((s) => ({
        ShardId: s.id,
        ...(s.parent === undefined ? {} : { ParentShardId: s.parent }),
        SequenceNumberRange: {
          StartingSequenceNumber: String(s.from + 1n),
          ...(s.to === undefined ? {} : { EndingSequenceNumber: String(s.to) }),
        },
      }))
      return { StreamDescription: { ...description, Shards } }
    }
    if (operation === 'GetShardIterator')
      return { ShardIterator: JSON.stringify([body['ShardId'], body['SequenceNumber'] ?? '-1']) }
    const [id, after] = JSON.parse(String(body['ShardIterator'])) as [string, string]
    const shard = shards.find((s) => s.id === id)
    if (shard === undefined) throw new Error(`there is no shard ${id}`)
    const mine = (await records()).filter(({ dynamodb: { SequenceNumber, Keys } }) => {
      const at = BigInt(SequenceNumber)
      const isInRange = at > shard.from && at > BigInt(after) && (shard.to === undefined || at <= shard.to)
      return isInRange && hash(Keys.id.S) % shard.of === shard.slot
    })
    const Records = mine.slice(0, mostRecords)
    const isAtEnd = shard.to !== undefined && Records.length === mine.length
    const last = Records.at(-1)?.dynamodb.SequenceNumber ?? after
    return { Records, ...(isAtEnd ? {} : { NextShardIterator: JSON.stringify([id, last]) }) }
  }
  const server = createServer(async (incoming, outgoing) => {
    const body = await bodyOf(incoming)
    const [service = '', operation = ''] = String(incoming.headers['x-amz-target']).split('.')
    if (service.startsWith('DynamoDBStreams')) {
      const own = await answer(operation, JSON.parse(body.toString()) as Record<string, unknown>)
      outgoing.writeHead(200, { 'content-type': 'application/x-amz-json-1.0' }).end(JSON.stringify(own))
      return
    }
    const { authorization = '' } = incoming.headers
    const headers = {
      authorization,
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `${service}.${operation}`,
    }
    const theirs = await fetch(target, { method: 'POST', headers, body: new Uint8Array(body) })
    outgoing.writeHead(theirs.status, { 'content-type': 'application/x-amz-json-1.0' })
    outgoing.end(Buffer.from(await theirs.arrayBuffer()))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return {
    endpoint: `http://127.0.0.1:${port}`,
    get shards() {
      return shards.length
    },
    split: async (children) => {
      const last = BigInt((await records()).at(-1)?.dynamodb.SequenceNumber ?? '0')
      for (const shard of shards.filter((s) => s.to === undefined)) {
        shard.to = last
        const { id: parent, slot, of } = shard
        const slots = children === 1 ? [slot] : [slot, slot + of]
        for (const one of slots) shards.push(newShard({ parent, slot: one, of: of * children, from: last }))
      }
    },
    trim: () => {
      const listed = new Set(shards.map((s) => s.id))
      shards = shards.filter((s) => s.to === undefined || (s.parent !== undefined && listed.has(s.parent)))
    },
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
