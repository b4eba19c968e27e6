import {
  type AttributeValue,
  BatchWriteItemCommand,
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  type WriteRequest,
} from '@aws-sdk/client-dynamodb'

const names = ['customers', 'preferences'] as const
/** Requests that are under way at a time. */
const writersAtOnce = 8
export type CustomerTable = (typeof names)[number]

/** The shop's tables in DynamoDB, as the shop itself writes into them. */
export interface CustomerTables extends Disposable {
  /** Puts documents in their order; of one key the last stays. */
  put(table: CustomerTable, documents: readonly Readonly<Record<string, unknown>>[]): Promise<void>
  remove(table: CustomerTable, customerId: number): Promise<void>
}

/** Makes the tables anew, with the number `customer_id` as their key; `customers` with a stream. */
export async function openCustomerTables(endpoint: string): Promise<CustomerTables> {
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' }
  const client = new DynamoDBClient({ region: 'eu-west-1', endpoint, credentials })
  for (const name of names) {
    await client.send(new DeleteTableCommand({ TableName: name })).catch((error: unknown) => {
      if (!(error instanceof ResourceNotFoundException)) throw error
    })
    await client.send(
      new CreateTableCommand({
        TableName: name,
        BillingMode: 'PAY_PER_REQUEST',
        KeySchema: [{ AttributeName: 'customer_id', KeyType: 'HASH' }],
        AttributeDefinitions: [{ AttributeName: 'customer_id', AttributeType: 'N' }],
        ...(name === 'customers'
          ? { StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' } }
          : {}),
      }),
    )
  }
  const write = async (table: CustomerTable, requests: readonly WriteRequest[]): Promise<void> => {
    for (let open = [...requests]; open.length > 0;) {
      const sent = await client.send(new BatchWriteItemCommand({ RequestItems: { [table]: open } }))
      open = sent.UnprocessedItems?.[table] ?? []
    }
  }
  return {
    put: async (table, documents) => {
      // A batch takes 25 items, and no key twice.
      const last = [...new Map(documents.map((d) => [d['customer_id'], d])).values()]
      const batches = Array.from({ length: Math.ceil(last.length / 25) }, (_, n) =>
        last.slice(n * 25, n * 25 + 25),
      )
      const waiting = batches.values()
      const writer = async (): Promise<void> => {
        for (const batch of waiting)
          await write(
            table,
            batch.map((d) => ({ PutRequest: { Item: itemOf(d) } })),
          )
      }
      await Promise.all(Array.from({ length: writersAtOnce }, writer))
    },
    remove: (table, customerId) =>
      write(table, [{ DeleteRequest: { Key: { customer_id: { N: String(customerId) } } } }]),
    [Symbol.dispose]: () => client.destroy(),
  }
}

const itemOf = (document: Readonly<Record<string, unknown>>): Record<string, AttributeValue> =>
  Object.fromEntries(
    Object.entries(document).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, attributeOf(value)]],
    ),
  )

/** The attribute of a JSON value. */
function attributeOf(value: unknown): AttributeValue {
  if (value === null) return { NULL: true }
  switch (typeof value) {
    case 'string':
      return { S: value }
    case 'number':
      return { N: String(value) }
    case 'boolean':
      return { BOOL: value }
    default:
      return Array.isArray(value)
        ? { L: value.map(attributeOf) }
        : { M: itemOf(value as Readonly<Record<string, unknown>>) }
  }
}
