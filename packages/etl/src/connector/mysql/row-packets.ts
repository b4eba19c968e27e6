import type { MysqlConnection } from './connect.ts'

/** A packet of a result's rows: bytes `offset` to `end` (exclusive) of a buffer. */
export interface RowPacket {
  readonly buffer: Buffer
  readonly offset: number
  readonly end: number
  isEOF(): boolean
}

/** The driver's running query. Its `row` takes a packet and returns what takes the next one. */
interface RunningQuery {
  row(packet: RowPacket, connection: unknown): unknown
  once(event: 'error', listener: (error: Error) => void): this
  once(event: 'end', listener: () => void): this
}

/**
 * Runs a SELECT and gives each row's packet, in the text protocol, as it lies in the driver's buffer; it is valid during
 * the call. The driver's own rows take several times as long. When `take` fails, the connection is dropped.
 */
export async function takeRows(
  connection: MysqlConnection,
  sql: string,
  take: (packet: RowPacket) => void,
): Promise<void> {
  const { connection: driver } = connection.client as unknown as {
    readonly connection: { query(sql: string): RunningQuery }
  }
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  // A connection that is lost is told of on itself, not on what runs over it.
  connection.client.on('error', reject)
  try {
    const query = driver.query(sql)
    const prototype = Object.getPrototypeOf(query) as RunningQuery
    const next = (packet: RowPacket, from: unknown): unknown => {
      if (packet.isEOF()) return prototype.row.call(query, packet, from)
      try {
        take(packet)
      } catch (error) {
        // Nothing else would hear of it; what the server still sends is of no use.
        reject(error instanceof Error ? error : new Error(String(error)))
        connection.abandon()
      }
      return next
    }
    query.row = next
    query.once('error', reject)
    query.once('end', resolve)
    await promise
  } finally {
    connection.client.off('error', reject)
  }
}
