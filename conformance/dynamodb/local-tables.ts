import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DynamoDBClient,
  type StreamViewType,
} from '@aws-sdk/client-dynamodb'
import { secret } from '../../packages/etl/src/index.ts'
import type { DynamodbPlace } from '../../packages/etl/src/connector/dynamodb.ts'
import { startDynamodbLocal } from '../../tools/peers/dynamodb-local.ts'

export type Item = Record<string, AttributeValue>

/** A private DynamoDB Local with a client that changes things. */
export interface LocalTables extends AsyncDisposable {
  readonly endpoint: string
  readonly place: DynamodbPlace
  readonly client: DynamoDBClient
  /** Creates a table with the text key `id`, with a stream where a view is named. */
  create(table: string, view?: StreamViewType): Promise<void>
  put(table: string, items: readonly Item[]): Promise<void>
  /** Sends a request as it is written, past the SDK. */
  post(operation: string, body: string): Promise<void>
}

/** How a place is reached with the credentials that emulators take. */
export function placeAt(endpoint: string): DynamodbPlace {
  process.env['DYNAMODB_TEST_KEY'] = 'AKIAIOSFODNN7EXAMPLE'
  const key = secret('env:DYNAMODB_TEST_KEY')
  return { region: 'eu-west-1', endpoint, credentials: { accessKeyId: key, secretAccessKey: key } }
}

/** Starts a server. */
export async function openTables(): Promise<LocalTables> {
  const server = await startDynamodbLocal()
  const { endpoint } = server
  const client = new DynamoDBClient({
    region: 'eu-west-1',
    endpoint,
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'secret' },
  })
  return {
    endpoint,
    place: placeAt(endpoint),
    client,
    create: async (table, view) => {
      await client.send(
        new CreateTableCommand({
          TableName: table,
          BillingMode: 'PAY_PER_REQUEST',
          KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
          AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
          ...(view === undefined
            ? {}
            : { StreamSpecification: { StreamEnabled: true, StreamViewType: view } }),
        }),
      )
    },
    put: async (table, items) => {
      for (let from = 0; from < items.length; from += 25) {
        const puts = items.slice(from, from + 25).map((Item) => ({ PutRequest: { Item } }))
        const { UnprocessedItems } = await client.send(
          new BatchWriteItemCommand({ RequestItems: { [table]: puts } }),
        )
        if (Object.keys(UnprocessedItems ?? {}).length > 0) throw new Error('items were not written')
      }
    },
    post: async (operation, body) => {
      const headers = {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `DynamoDB_20120810.${operation}`,
        authorization:
          'AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20240101/eu-west-1/dynamodb/aws4_request, SignedHeaders=host, Signature=0',
      }
      const answer = await fetch(endpoint, { method: 'POST', headers, body })
      if (!answer.ok) throw new Error(await answer.text())
    },
    [Symbol.asyncDispose]: async () => {
      client.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}
