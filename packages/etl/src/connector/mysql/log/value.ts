import type { LogicalType } from '../../../plan/type.ts'
import type { StagedFile } from '../../staged-file.ts'
import type { ValueForm } from '../select.ts'
import type { ToUtf8 } from './charsets.ts'
import { columnTypes as t } from './column-type.ts'
import { bitText, decimalText, doubleText, integerText } from './number-text.ts'
import { datetimeText, dateText, timestampText, timeText, yearText } from './time-text.ts'

/** A column with all that its values need. */
export interface ValueColumn {
  readonly type: number
  readonly meta: number
  readonly isUnsigned: boolean
  /** Absent for bytes. */
  readonly toUtf8?: ToUtf8
  /** Labels of an enum or a set, in UTF-8. */
  readonly labels?: readonly string[]
}

/** The text, or the bytes, of a value that lies at bytes `at` to `end` (exclusive). */
type Value = (buffer: Buffer, at: number, end: number) => string | Buffer

/** Writes a value into a staging file. */
export type WriteValue = (file: StagedFile, buffer: Buffer, at: number, end: number) => void

const integerTypes: readonly number[] = [t.tiny, t.short, t.int24, t.long, t.longlong]

const hyphenated = (hex: string): string => hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')

/** How values of a column become texts; a sentence where they do not. */
function valueOf(column: ValueColumn, declared: LogicalType): Value | string {
  const { type, meta, isUnsigned, toUtf8, labels = [] } = column
  if (integerTypes.includes(type)) return (b, at, end) => integerText(b, at, end - at, isUnsigned)
  switch (type) {
    case t.decimal:
      return (b, at) => decimalText(b, at, meta & 0xff, meta >> 8)
    case t.float:
    case t.double:
      if (declared.kind !== 'float64')
        return 'a float or double is declared as float64: its text is not exact'
      return type === t.float
        ? (b, at) => doubleText(b.readFloatLE(at))
        : (b, at) => doubleText(b.readDoubleLE(at))
    case t.bit:
      return (b, at, end) => bitText(b, at, end - at)
    case t.year:
      return (b, at) => yearText(b[at] ?? 0)
    case t.date:
      return dateText
    case t.datetime:
      return (b, at) => datetimeText(b, at, meta)
    case t.timestamp:
      return (b, at) => timestampText(b, at, meta)
    case t.time:
      return (b, at) => timeText(b, at, meta)
    case t.enum:
      return (b, at, end) => labels[b.readUIntLE(at, end - at) - 1] ?? ''
    case t.set:
      return (b, at, end) => {
        const bits = BigInt(`0x${Buffer.from(b.subarray(at, end).toReversed()).toString('hex')}`)
        return labels.filter((_, i) => ((bits >> BigInt(i)) & 1n) === 1n).join(',')
      }
    case t.geometry:
      if (declared.kind !== 'bytes') return 'a geometry is declared as bytes (WKB)'
      // The number of the spatial reference system comes first.
      return (b, at, end) => b.subarray(at + 4, end)
    case t.varchar:
    case t.varString:
    case t.string:
    case t.blob:
      return stringValue(column, declared, toUtf8)
    case t.json:
      return 'JSON of MySQL is not read from its log yet'
    case t.timestampOld:
    case t.datetimeOld:
    case t.timeOld:
      return 'its times are in the format of before MySQL 5.6; ALTER TABLE … FORCE renews them'
    default:
      return `type ${type} is not read from the log`
  }
}

/** Strings and bytes. */
function stringValue(column: ValueColumn, declared: LogicalType, toUtf8: ToUtf8 | undefined): Value {
  const { type, meta } = column
  if (toUtf8 !== undefined) return (b, at, end) => toUtf8(b.subarray(at, end))
  // The log leaves out the zeros at the end of a BINARY(n).
  const whole: (b: Buffer, at: number, end: number) => Buffer =
    type === t.string
      ? (b, at, end) => (end - at === meta ? b.subarray(at, end) : Buffer.concat([b.subarray(at, end)], meta))
      : (b, at, end) => b.subarray(at, end)
  if (declared.kind === 'uuid') return (b, at, end) => hyphenated(whole(b, at, end).toString('hex'))
  return whole
}

const dateTypes: readonly number[] = [t.date, t.datetime, t.timestamp]

/** The form in which values of a column are written. */
function formOf(type: number, declared: LogicalType): ValueForm {
  if (declared.kind === 'bytes') return 'binary'
  if (dateTypes.includes(type)) return 'date'
  const isNumber = integerTypes.includes(type) || type === t.decimal || type === t.bit || type === t.year
  return isNumber ? 'plain' : 'text'
}

/** A zero date in the text of a date or a moment: a zero month, or a zero day. */
const isZeroDate = (text: string): boolean => text.startsWith('00', 5) || text.startsWith('00', 8)

/**
 * How values of a column are written for a declared type; a sentence that says why they cannot be. `onZeroDate`, where
 * given, is told of each zero date, which is then written as NULL.
 */
export function writerOf(
  column: ValueColumn,
  declared: LogicalType,
  onZeroDate: (() => void) | undefined,
): WriteValue | string {
  const value = valueOf(column, declared)
  if (typeof value === 'string') return value
  const form = formOf(column.type, declared)
  const scratch = Buffer.alloc(512)
  return (file, buffer, at, end) => {
    const found = value(buffer, at, end)
    if (typeof found !== 'string') {
      if (form === 'binary') file.binary(found, 0, found.length)
      else file.text(found, 0, found.length)
    } else if (form === 'date' && onZeroDate !== undefined && isZeroDate(found)) {
      onZeroDate()
      file.null()
    } else if (form === 'plain' || form === 'date') file.plain(scratch, 0, scratch.write(found, 'latin1'))
    else {
      const bytes = Buffer.from(found)
      if (form === 'binary') file.binary(bytes, 0, bytes.length)
      else file.text(bytes, 0, bytes.length)
    }
  }
}
