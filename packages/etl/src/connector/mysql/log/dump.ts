import { crc32 } from 'node:zlib'
import { EtlError } from '../../../base/errors.ts'
import type { MysqlServer } from '../../mysql.ts'
import { connectMysql } from '../connect.ts'
import { mysqlFailure, placeOf } from '../failure.ts'
import { eventTypes, type LogEvent, readEvent } from './event.ts'
import type { Place } from './place.ts'

/** Where a dump begins: at a place, or after the transactions of a GTID position (MariaDB). */
export type DumpStart = Place | { readonly gtid: string }

/** A packet of a dump; its event is bytes `offset` + 1 to `end` (exclusive) of `buffer`. */
interface DumpPacket {
  readonly buffer: Buffer
  readonly offset: number
  readonly end: number
  isEOF(): boolean
  isError(): boolean
  asError(encoding: string): Error
}

/** The driver's connection, as far as a command of our own needs it: its own for dumps cannot write the file's name. */
interface Driver {
  addCommand(command: DumpCommand): void
  write(bytes: Buffer): void
  _resetSequenceId(): void
  _bumpSequenceId(packets: number): void
}

/** A command that the driver runs: called to begin, then for each packet, until it returns true. */
interface DumpCommand {
  execute(packet: DumpPacket | undefined, driver: Driver): boolean
  onResult(error: unknown): void
}

/** The end of what the server has now, in place of a wait for more: `BINLOG_DUMP_NON_BLOCK`. */
const untilEnd = 1
const idleMs = 120_000
const heartbeatNs = 30_000_000_000
/** `MARIA_SLAVE_CAPABILITY_GTID`: the server sends its GTIDs, not what older replicas can read. */
const capability = 4

/**
 * Has the server send its log from `start` on, event by event, up to its present end or until `take` returns false. Takes
 * are synchronous, so that the server is held back while they work. Opens and closes its own connection.
 *
 * Fails with `source.position-lost` when the log no longer holds the start, and as `mysqlFailure` says.
 */
export async function dumpLog(
  server: MysqlServer,
  start: DumpStart,
  take: (event: LogEvent) => boolean,
  signal?: AbortSignal,
): Promise<void> {
  await using connection = await connectMysql(server, signal)
  const [row] = await connection.rows('SELECT @@GLOBAL.binlog_checksum')
  const checksum = row?.[0] ?? 'NONE'
  await connection.rows(
    `SET @master_binlog_checksum = ?, @source_binlog_checksum = ?, @mariadb_slave_capability = ${capability},
      @master_heartbeat_period = ${heartbeatNs}, @source_heartbeat_period = ${heartbeatNs}`,
    [checksum, checksum],
  )
  if ('gtid' in start)
    await connection.rows('SET @slave_connect_state = ?, @slave_gtid_strict_mode = 1', [start.gtid])
  const place = 'gtid' in start ? { file: '', offset: 4 } : start
  const { connection: driver } = connection.client as unknown as {
    readonly connection: Driver
  }
  let timer: NodeJS.Timeout | undefined
  let onAbort = (): void => undefined
  let lastPacket = Date.now()
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (error: unknown): void => reject(dumpFailure(error, server, signal))
      let isOver = false
      const unwrap = eventUnwrapper(checksum !== 'NONE')
      const stop = (): void => {
        isOver = true
        // What the server still sends is of no use.
        connection.abandon()
        resolve()
      }
      const onPacket = (packet: DumpPacket): boolean => {
        if (isOver) return false
        lastPacket = Date.now()
        if (packet.isError()) fail(packet.asError('utf8'))
        else if (packet.isEOF()) resolve()
        else {
          // The byte before the event says that it is one.
          if (!take(unwrap(packet.buffer, packet.offset + 1, packet.end))) stop()
          return false
        }
        return true
      }
      driver.addCommand({
        onResult: fail,
        execute(packet) {
          try {
            if (packet !== undefined) return onPacket(packet)
            driver._resetSequenceId()
            driver.write(dumpPacket(place))
            driver._bumpSequenceId(1)
          } catch (error) {
            fail(error)
            stop()
          }
          return false
        },
      })
      onAbort = () => fail(signal?.reason)
      signal?.addEventListener('abort', onAbort)
      timer = setInterval(() => {
        if (Date.now() - lastPacket < idleMs) return
        fail(
          new EtlError(
            'connection.timeout',
            `${placeOf(server)} sent nothing of its log for ${idleMs / 1000} s`,
            {
              retry: 'transient',
            },
          ),
        )
        connection.abandon()
      }, 5_000)
    })
  } finally {
    clearInterval(timer)
    signal?.removeEventListener('abort', onAbort)
    connection.abandon()
  }
}

const checksumBytes = 4

/**
 * Reads events without the checksums that they end with. Those that the server makes up have one where it was agreed, those
 * of a file where the file's first event says so; these are verified.
 */
function eventUnwrapper(isAgreed: boolean): (buffer: Buffer, at: number, end: number) => LogEvent {
  let hasChecksums = false
  return (buffer, at, end) => {
    const event = readEvent(buffer, at, end)
    if (event.type === eventTypes.formatDescription) {
      // The algorithm stands before the event's own checksum: 1 is CRC32, 0 is none.
      hasChecksums = buffer[end - checksumBytes - 1] === 1
      return event
    }
    if (!(event.endsAt === 0 ? isAgreed : hasChecksums)) return event
    const last = end - checksumBytes
    if (event.endsAt !== 0 && crc32(buffer.subarray(at, last)) !== buffer.readUInt32LE(last))
      throw new RangeError(
        `its checksum is another than that of its bytes (type ${event.type}, to ${event.endsAt})`,
      )
    return { ...event, end: last }
  }
}

/** COM_BINLOG_DUMP of the client protocol, with the header of a packet. */
function dumpPacket({ file, offset }: Place): Buffer {
  const name = Buffer.from(file)
  const packet = Buffer.alloc(4 + 11 + name.length)
  packet.writeUIntLE(11 + name.length, 0, 3)
  packet.writeUInt8(0x12, 4)
  packet.writeUInt32LE(offset, 5)
  packet.writeUInt16LE(untilEnd, 9)
  // A server id of 0 is one that reads a log, and is no replica: it puts no other reader out.
  packet.writeUInt32LE(0, 11)
  name.copy(packet, 15)
  return packet
}

function dumpFailure(error: unknown, server: MysqlServer, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason
  const { code, message } = error as { readonly code?: string; readonly message?: string }
  if (code === 'ER_MASTER_FATAL_ERROR_READING_BINLOG' || code === 'ER_SOURCE_FATAL_ERROR_READING_BINLOG')
    return new EtlError(
      'source.position-lost',
      `${placeOf(server)} no longer has the log from there: ${message ?? ''}`,
      {
        cause: error,
        hint: 'Build the table anew (--full), and have the server keep its log for longer than runs may pause (binlog_expire_logs_seconds).',
      },
    )
  if (error instanceof RangeError)
    return new EtlError('source.log-unusable', `an event of the log cannot be read: ${error.message}`, {
      cause: error,
    })
  return mysqlFailure(error, server)
}
