import type { StagedFile } from '../staged-file.ts'
import type { TypedFile } from '../typed/typed-file.ts'
import type { MysqlConnection } from './connect.ts'
import { type RowPacket, takeRows } from './row-packets.ts'
import { giveValues, type ValueSink } from './row-values.ts'
import type { SelectedColumn } from './select.ts'

/** Where rows go. */
export interface RowFiles {
  /** Rows whose values are plainly of the declared types; without, all rows go the other way. */
  readonly typed?: TypedFile | undefined
  /** All others, as text that the engine's reader judges. */
  readonly staged: StagedFile
}

export interface StreamOptions {
  readonly zeroDates: 'reject' | 'null'
  readonly onRows?: (records: number) => void
  /** Writes further values and ends the staged record; without, a record ends with the last column. */
  readonly endRecord?: () => void
}

interface RowCounts {
  /** Dates with a zero month or day that became NULL. */
  readonly zeroDates: number
}

/** Rows between two reports. */
const rowsAtOnce = 20_000

/** Year 4 digits, then `-00` for the month, or for the day after it. */
const isZeroDate = (b: Uint8Array, at: number, to: number): boolean =>
  to - at >= 10 && ((b[at + 5] === 48 && b[at + 6] === 48) || (b[at + 8] === 48 && b[at + 9] === 48))

/** Zero dates of the row that is being taken, where they become NULL. */
interface ZeroDates {
  row: number
}

/** Takes values into a typed file. */
function typedSink(
  columns: readonly SelectedColumn[],
  file: TypedFile,
  options: StreamOptions,
  zeros: ZeroDates,
): ValueSink {
  if (options.zeroDates === 'reject') return file
  return {
    null: (index) => file.null(index),
    value: (index, bytes, from, to) => {
      if (columns[index]?.form !== 'date' || !isZeroDate(bytes, from, to))
        return file.value(index, bytes, from, to)
      zeros.row++
      return file.null(index)
    },
  }
}

/** Writes values into a staging file, in the form that its columns have there. */
function stagedSink(
  columns: readonly SelectedColumn[],
  file: StagedFile,
  options: StreamOptions,
  zeros: ZeroDates,
): ValueSink {
  return {
    value: (index, bytes, from, to) => {
      const form = columns[index]?.form
      if (form === 'text') file.text(bytes, from, to)
      else if (form === 'binary') file.binary(bytes, from, to)
      else if (form === 'date' && options.zeroDates === 'null' && isZeroDate(bytes, from, to)) {
        zeros.row++
        file.null()
      } else file.plain(bytes, from, to)
      return true
    },
    null: () => {
      file.null()
      return true
    },
  }
}

/**
 * Runs a SELECT and writes its rows into files. The bytes of values are taken from the server's packets: turning them into
 * JavaScript values first takes several times as long and gains nothing.
 */
export async function streamRows(
  connection: MysqlConnection,
  sql: string,
  columns: readonly SelectedColumn[],
  { typed, staged }: RowFiles,
  options: StreamOptions,
): Promise<RowCounts> {
  const zeros: ZeroDates = { row: 0 }
  const plain = typed === undefined ? undefined : typedSink(columns, typed, options, zeros)
  const sink = stagedSink(columns, staged, options, zeros)
  const endRecord = options.endRecord ?? (() => staged.endRecord())
  const { length } = columns
  let rows = 0
  let zeroDates = 0
  const takeTyped = (packet: RowPacket): boolean => {
    if (typed === undefined || plain === undefined) return false
    const taken = giveValues(packet, length, plain)
    if (taken < length) typed.dropRow(taken)
    else typed.endRow()
    return taken === length
  }
  await takeRows(connection, sql, (packet) => {
    zeros.row = 0
    if (!takeTyped(packet)) {
      zeros.row = 0
      giveValues(packet, length, sink)
      endRecord()
    }
    zeroDates += zeros.row
    if (++rows % rowsAtOnce === 0) options.onRows?.(rows)
  })
  return { zeroDates }
}
