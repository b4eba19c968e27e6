import { EtlError } from '../../../base/errors.ts'
import { rowDecoder } from './decoder.ts'
import { eventTypes, type LogEvent, type RowsKind } from './event.ts'
import { type LogState, lost } from './log-state.ts'
import { printPlace, sequencePrefix } from './place.ts'
import { readRowsEvent, rowsTable } from './rows-event.ts'
import { writeRows } from './row-writer.ts'
import { readTableMap, readTableMapHead } from './table-map.ts'
import { isFollowed } from './statement.ts'

/** Takes a table map: what the rows after it look like. */
export function describe(state: LogState, event: LogEvent): void {
  const { followed, decoder: options } = state.options
  const head = readTableMapHead(event)
  if (!isFollowed(head, followed, head.database)) {
    state.maps.delete(head.id)
    return
  }
  const bytes = event.buffer.toString('latin1', head.at, event.end)
  let decoder = state.decoders.get(bytes)
  if (decoder === undefined) {
    const map = readTableMap(event, head.at)
    if (!map.hasNames) {
      if (state.wasAltered || !options.isStructureKnown)
        throw lost(state, 'was altered, and its log does not name columns (binlog_row_metadata is not FULL)')
      state.hasNamelessRows = true
    }
    decoder = rowDecoder(map, options)
    state.decoders.set(bytes, decoder)
  }
  state.maps.set(head.id, decoder)
}

/** Takes rows; those of other tables are passed over. */
export function rows(state: LogState, event: LogEvent, kind: RowsKind): void {
  const { options, open } = state
  const decoder = state.maps.get(rowsTable(event))
  if (decoder === undefined || open?.isSkipped === true) return
  if (open === undefined)
    throw new EtlError(
      'source.log-unusable',
      `the log has rows outside of a transaction (${printPlace(state.at)})`,
    )
  open.hasRows = true
  const written = writeRows(readRowsEvent(event, kind), kind, decoder, {
    file: options.file,
    mark: {
      committedAt: open.committedAt,
      sequence: sequencePrefix(options.epoch, open.as?.place ?? state.at),
    },
    row: 1 + (open.as === undefined ? 0 : state.records),
    table: options.followed.table,
  })
  state.records += written
}

/** Refuses changes of parts of JSON values (MySQL), where they are the followed table's. */
export function refusePartial(state: LogState, event: LogEvent): void {
  if (event.type !== eventTypes.partialUpdateRows || !state.maps.has(rowsTable(event))) return
  throw new EtlError('source.log-unusable', 'the log holds parts of JSON values', {
    hint: "SET GLOBAL binlog_row_value_options = '', then build the table anew (--full).",
  })
}
