/** Types of events in a binary log, as of MySQL's and MariaDB's `log_event.h`. */
export const eventTypes = {
  query: 2,
  rotate: 4,
  formatDescription: 15,
  xid: 16,
  executeLoadQuery: 18,
  tableMap: 19,
  incident: 26,
  gtidMysql: 33,
  anonymousGtidMysql: 34,
  xaPrepare: 38,
  partialUpdateRows: 39,
  transactionPayload: 40,
  gtidTaggedMysql: 42,
  gtidMariadb: 162,
  queryCompressed: 165,
} as const

/** One event: its body is bytes `at` to `end` (exclusive) of a buffer that is only valid for the call it is given to. */
export interface LogEvent {
  readonly type: number
  /** Seconds since the epoch. */
  readonly time: number
  /** The server that the event was first made by. */
  readonly serverId: number
  /** The low 32 bits of where the event ends in its file; 0 for an event that the server made up. */
  readonly endsAt: number
  readonly flags: number
  readonly buffer: Buffer
  readonly at: number
  readonly end: number
}

const headerBytes = 19

/** Reads an event's header at `at`. */
export function readEvent(buffer: Buffer, at: number, end: number): LogEvent {
  return {
    time: buffer.readUInt32LE(at),
    type: buffer.readUInt8(at + 4),
    serverId: buffer.readUInt32LE(at + 5),
    endsAt: buffer.readUInt32LE(at + 13),
    flags: buffer.readUInt16LE(at + 17),
    buffer,
    at: at + headerBytes,
    end,
  }
}

/** What an event with rows does to them. */
export interface RowsKind {
  readonly operation: 'insert' | 'update' | 'delete'
  /** Bytes of the header before the columns are counted. */
  readonly hasExtraData: boolean
  readonly isCompressed: boolean
}

const operations = ['insert', 'update', 'delete'] as const
const rowsKinds = new Map<number, RowsKind>(
  operations.flatMap((operation, i): [number, RowsKind][] => [
    [23 + i, { operation, hasExtraData: false, isCompressed: false }],
    [30 + i, { operation, hasExtraData: true, isCompressed: false }],
    [166 + i, { operation, hasExtraData: false, isCompressed: true }],
    [169 + i, { operation, hasExtraData: true, isCompressed: true }],
  ]),
)

/** What an event of rows does; undefined for other events. */
export const rowsKind = (type: number): RowsKind | undefined => rowsKinds.get(type)

/** Events that tell nothing of rows: marks, notes, checkpoints, encryption (the server decrypts), values of statements. */
const passed = new Set([3, 5, 13, 14, 27, 35, 36, 37, 41, 160, 161, 163, 164])
/** `LOG_EVENT_IGNORABLE_F`: whoever does not know the event may pass over it. */
const ignorable = 0x80

/** Whether an event of a type that is not handled may be passed over. */
export const isPassedOver = ({ type, flags }: LogEvent): boolean =>
  passed.has(type) || (flags & ignorable) !== 0
