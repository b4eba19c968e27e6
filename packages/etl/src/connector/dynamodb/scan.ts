import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb'
import type { DynamodbConnection } from '../dynamodb.ts'
import type { Asked } from './connect.ts'
import { paceOf } from './pace.ts'

interface ScanRequest extends Pick<DynamodbConnection, 'consistent' | 'segments' | 'readUnitsPerSecond'> {
  readonly table: string
  readonly onItems: (items: readonly Record<string, AttributeValue>[]) => void
  readonly signal?: AbortSignal
}

/**
 * Reads all items of a table in parallel segments. An item that is there from the beginning to the end is given once.
 * Returns the read units that it consumed. The first failure ends all segments.
 */
export async function scan(asked: Asked<DynamoDBClient>, request: ScanRequest): Promise<number> {
  const { ScanCommand } = await import('@aws-sdk/client-dynamodb')
  const { table, consistent, segments, readUnitsPerSecond, onItems } = request
  const pace = paceOf(readUnitsPerSecond)
  const failed = new AbortController()
  const signal =
    request.signal === undefined ? failed.signal : AbortSignal.any([failed.signal, request.signal])
  let consumed = 0
  const readSegment = async (segment: number): Promise<void> => {
    let from: Record<string, AttributeValue> | undefined
    do {
      await pace.turn(signal)
      signal.throwIfAborted()
      const page = await asked.ask((client) =>
        client.send(
          new ScanCommand({
            TableName: table,
            ConsistentRead: consistent,
            ReturnConsumedCapacity: 'TOTAL',
            TotalSegments: segments,
            Segment: segment,
            ExclusiveStartKey: from,
          }),
          { abortSignal: signal },
        ),
      )
      const units = page.ConsumedCapacity?.CapacityUnits ?? 0
      pace.consumed(units)
      consumed += units
      onItems(page.Items ?? [])
      from = page.LastEvaluatedKey
    } while (from !== undefined)
  }
  const all = Array.from({ length: segments }, (_, segment) =>
    readSegment(segment).catch((error: unknown) => {
      failed.abort(error)
      throw error
    }),
  )
  try {
    await Promise.all(all)
  } finally {
    await Promise.allSettled(all)
  }
  return consumed
}
