import { type Diagnostic, EtlError } from '../../../base/errors.ts'
import { eventTypes, isPassedOver, type LogEvent, rowsKind } from './event.ts'
import type { GtidState } from './gtid.ts'
import { readTransactionStart } from './gtid-event.ts'
import { type DecidedXa, type LogReaderOptions, type LogState, lost } from './log-state.ts'
import { comparePlaces, type Place, printPlace } from './place.ts'
import type { Prepared } from './position.ts'
import { describe, refusePartial, rows } from './table-rows.ts'
import { begin, commit, prepare, refuseStatement, statement, undo } from './transaction.ts'

/** Follows a log event by event and writes the followed table's changes into a staging file. */
export interface LogReader {
  /** Takes the next event; false once nothing more is wanted. */
  take(event: LogEvent): boolean
  /** Between two transactions: all before is read. */
  readonly place: Place
  /** When the file of `place` was begun, in seconds since the epoch. */
  readonly born: number
  readonly gtid: GtidState
  readonly prepared: readonly Prepared[]
  /** Prepared transactions that were committed, to be read again. */
  readonly decided: readonly DecidedXa[]
  readonly warnings: readonly Diagnostic[]
  /** How many of the transactions that alone were to be read were not found. */
  readonly missing: number
  /** Ends the reading: what was read of a transaction that has no end is forgotten. */
  end(): void
}

/** Begins to follow a log. */
export function openLogReader(options: LogReaderOptions): LogReader {
  const state: LogState = {
    options,
    at: options.start,
    place: options.start,
    born: options.born ?? 0,
    open: undefined,
    decoders: new Map(),
    maps: new Map(),
    prepared: new Map(options.prepared.map((p) => [p.xid, p])),
    decided: [],
    warnings: [],
    hasNamelessRows: false,
    wasAltered: false,
    records: 0,
    only: options.only && new Map(options.only.map((xa) => [printPlace(xa.from), xa])),
  }
  return {
    take: (event) => take(state, event),
    end: () => undo(state),
    get place() {
      return state.place
    },
    get born() {
      return state.born
    },
    gtid: options.gtid,
    get prepared() {
      return [...state.prepared.values()]
    },
    decided: state.decided,
    warnings: state.warnings,
    get missing() {
      return state.only?.size ?? 0
    },
  }
}

function take(state: LogState, event: LogEvent): boolean {
  const { options } = state
  if (event.type === eventTypes.rotate) rotate(state, event)
  else if (event.type === eventTypes.formatDescription) beginFile(state, event)
  else {
    const from = state.at
    advance(state, event)
    handle(state, event, from)
  }
  if (state.open !== undefined) return true
  state.place = state.at
  if (state.only?.size === 0) return false
  return options.until === undefined || comparePlaces(state.place, options.until) < 0
}

/** Goes to the end of an event. In files beyond 4 GiB, which one great transaction makes, ends come in their low half. */
function advance(state: LogState, { endsAt }: LogEvent): void {
  if (endsAt === 0) return
  const { file, offset } = state.at
  const half = 2 ** 32
  let next = offset - (offset % half) + endsAt
  if (next < offset) next += half
  state.at = { file, offset: next }
}

/** Goes to the next file; at the beginning of a dump to the one that the server begins with. */
function rotate(state: LogState, { buffer, at, end }: LogEvent): void {
  const offset = Number(buffer.readBigUInt64LE(at))
  const file = buffer.toString('utf8', at + 8, end)
  if (file === state.at.file && offset <= state.at.offset) return
  undo(state)
  state.at = { file, offset }
}

/** A transaction that has no end in its file was lost in a crash of the server, which undid it. */
function beginFile(state: LogState, event: LogEvent): void {
  const { born, start } = state.options
  if (born !== undefined && state.at.file === start.file && born !== event.time)
    throw new EtlError('source.position-lost', `${start.file} is another log than the one that was read`, {
      hint: 'The server was reset: build the table anew (--full).',
    })
  undo(state)
  state.born = event.time
  state.maps.clear()
  // At the beginning of a dump the server sends it for a place that lies far behind it.
  if (event.endsAt > state.at.offset) advance(state, event)
}

function handle(state: LogState, event: LogEvent, from: Place): void {
  const start = readTransactionStart(event)
  if (start !== undefined) {
    begin(state, from, start)
    return
  }
  const kind = rowsKind(event.type)
  if (kind !== undefined) {
    rows(state, event, kind)
    return
  }
  switch (event.type) {
    case eventTypes.tableMap:
      describe(state, event)
      return
    case eventTypes.xid:
      commit(state)
      return
    case eventTypes.xaPrepare:
      prepare(state, event)
      return
    case eventTypes.query:
    case eventTypes.queryCompressed:
      statement(state, event)
      return
    case eventTypes.executeLoadQuery:
      refuseStatement(state, 'LOAD DATA')
      return
    case eventTypes.partialUpdateRows:
      refusePartial(state, event)
      return
    case eventTypes.incident:
      throw lost(state, 'may have changed: the server tells that changes are missing from its log')
    default:
      if (isPassedOver(event)) return
      throw new EtlError(
        'source.log-unusable',
        `the log has events of type ${event.type} (${printPlace(state.at)})`,
        {
          hint: 'MySQL: SET GLOBAL binlog_transaction_compression = OFF.',
        },
      )
  }
}
