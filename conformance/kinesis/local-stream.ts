import {
  CreateStreamCommand,
  GetRecordsCommand,
  GetShardIteratorCommand,
  KinesisClient,
  ListShardsCommand,
} from '@aws-sdk/client-kinesis'
import { NodeHttpHandler } from '@smithy/node-http-handler'
import { setTimeout as sleep } from 'node:timers/promises'
import { startKinesisLocal } from '../../tools/peers/kinesis-local.ts'

export interface Read {
  readonly key: string
  readonly text: string
}

/** A private stand-in for Kinesis with a client that reads. */
export interface LocalStreams extends AsyncDisposable {
  readonly endpoint: string
  create(stream: string, shards: number): Promise<void>
  /** All records: those of a key in the order in which they arrived. */
  read(stream: string): Promise<readonly Read[]>
}

/** How the product reaches an endpoint. */
export const environmentOf = (endpoint: string): Readonly<Record<string, string>> => ({
  AWS_ENDPOINT_URL_KINESIS: endpoint,
  AWS_REGION: 'eu-west-1',
  AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
  AWS_SECRET_ACCESS_KEY: 'secret',
})

/** Starts a server. */
export async function openStreams(): Promise<LocalStreams> {
  const server = await startKinesisLocal()
  const { endpoint } = server
  const client = new KinesisClient({
    region: 'eu-west-1',
    endpoint,
    requestHandler: new NodeHttpHandler(),
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
  })
  const shardsOf = async (stream: string): Promise<readonly string[]> =>
    (await client.send(new ListShardsCommand({ StreamName: stream }))).Shards?.flatMap(
      (s) => s.ShardId ?? [],
    ) ?? []
  return {
    endpoint,
    create: async (stream, shards) => {
      await client.send(new CreateStreamCommand({ StreamName: stream, ShardCount: shards }))
      while ((await shardsOf(stream)).length < shards) await sleep(50)
    },
    read: async (stream) => {
      const found: Read[] = []
      for (const ShardId of await shardsOf(stream)) {
        const { ShardIterator } = await client.send(
          new GetShardIteratorCommand({ StreamName: stream, ShardId, ShardIteratorType: 'TRIM_HORIZON' }),
        )
        for (let at = ShardIterator, behind = true; at !== undefined && behind;) {
          const {
            Records = [],
            NextShardIterator,
            MillisBehindLatest = 0,
          } = await client.send(new GetRecordsCommand({ ShardIterator: at }))
          for (const { PartitionKey = '', Data = new Uint8Array() } of Records)
            found.push({ key: PartitionKey, text: Buffer.from(Data).toString() })
          behind = Records.length > 0 || MillisBehindLatest > 0
          at = NextShardIterator
        }
      }
      return found
    },
    [Symbol.asyncDispose]: async () => {
      client.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}
