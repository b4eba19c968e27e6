import { quoteSparkText } from '../dialect.ts'
import { type TimeFormat, type TimeTarget, type TimeToken, timeFormatRegex } from '../time-format.ts'
import { microsSpark, momentSpark } from './epoch.ts'

/** Shapes that Spark's cast reads as they are; all others are put into this order first. */
const readable: Readonly<Record<TimeTarget, RegExp>> = {
  date: /^yyyy-MM-dd$/,
  time: /^$/,
  timestamp: /^yyyy-MM-dd(?:[ T]HH:mm:ss(?:\.SSS|\.SSSSSS)?(?:XXX)?)?$/,
}

/** What becomes text: a replacement that names groups of the format, or SQL that computes it. */
type Piece = string | { readonly sql: string }

/** The texts of a format as a pattern of Java, where `$` would let a line end follow. */
const whole = (format: TimeFormat): string => quoteSparkText(`^${timeFormatRegex(format)}\\z`)

/** Names the capture of the first of some tokens that a format has. */
function capture(format: TimeFormat, ...wanted: readonly TimeToken[]): string | undefined {
  const tokens = format.parts.flatMap((p) => ('token' in p ? [p.token] : []))
  const index = tokens.findIndex((t) => wanted.includes(t))
  return index === -1 ? undefined : `$${index + 1}`
}

/** Finds year, month and day in the order of ISO 8601. */
function datePieces(format: TimeFormat, taken: (group: string) => string): Piece[] {
  const year = capture(format, 'yyyy')
  if (year === undefined) return ['1970-01-01']
  const name = capture(format, 'MMM')
  const place = `instr('janfebmaraprmayjunjulaugsepoctnovdec', lower(${taken(name ?? '$0')}))`
  const month = name === undefined ? capture(format, 'MM', 'M') : undefined
  const day = `-${capture(format, 'dd', 'd')}`
  return [`${year}-`, month ?? { sql: `CAST((${place} + 2) div 3 AS STRING)` }, day]
}

function clockPieces(format: TimeFormat, taken: (group: string) => string): Piece[] {
  const twelve = capture(format, 'hh', 'h')
  const hour = twelve ?? capture(format, 'HH', 'H')
  if (hour === undefined) return []
  const half = `CASE WHEN lower(${taken(capture(format, 'a') ?? '$0')}) = 'pm' THEN 12 ELSE 0 END`
  const counted = { sql: `CAST(try_cast(${taken(hour)} AS INT) % 12 + ${half} AS STRING)` }
  const fraction = capture(format, 'SSS', 'SSSSSS')
  const rest = [
    `:${capture(format, 'mm')}`,
    `:${capture(format, 'ss') ?? '00'}`,
    fraction === undefined ? '' : `.${fraction}`,
    capture(format, 'XXX') ?? '',
  ]
  return [' ', twelve === undefined ? hour : counted, rest.join('')]
}

/** Joins neighbours that one replacement can write. */
function joined(pieces: readonly Piece[]): Piece[] {
  const found: Piece[] = []
  for (const piece of pieces) {
    const last = found.at(-1)
    if (typeof piece === 'string' && typeof last === 'string') found[found.length - 1] = last + piece
    else found.push(piece)
  }
  return found
}

/** Prints a text that the guard let through in the order that Spark's cast reads. */
function reordered(format: TimeFormat, target: TimeTarget, x: string): string {
  const shape = format.parts.map((p) => ('token' in p ? p.token : p.literal)).join('')
  if (readable[target].test(shape)) return x
  const taken = (group: string): string => `regexp_extract(${x}, ${whole(format)}, ${group.slice(1)})`
  const pieces = joined([...datePieces(format, taken), ...clockPieces(format, taken)])
  const texts = pieces.map((p) =>
    typeof p === 'string' ? `regexp_replace(${x}, ${whole(format)}, ${quoteSparkText(p)})` : p.sql,
  )
  return texts.length === 1 ? String(texts[0]) : `concat(${texts.join(', ')})`
}

function patternReader(format: TimeFormat, target: TimeTarget, x: string): string {
  const { minBytes, maxBytes } = format
  const length = minBytes === maxBytes ? `= ${minBytes}` : `BETWEEN ${minBytes} AND ${maxBytes}`
  const value = reordered(format, target, x)
  // Only a day past the end of its month is left to become NULL.
  const local = `try_cast(${value} AS ${target === 'date' ? 'DATE' : 'TIMESTAMP_NTZ'})`
  const zoned = `CAST(try_cast(${value} AS TIMESTAMP_LTZ) AS TIMESTAMP_NTZ)`
  const moment = capture(format, 'XXX') === undefined ? local : zoned
  const read = target === 'time' ? microsSpark(`try_cast(${value} AS TIMESTAMP_LTZ)`) : moment
  return `CASE WHEN octet_length(${x}) ${length} AND ${x} RLIKE ${whole(format)} THEN ${read} END`
}

function epochReader(format: TimeFormat, x: string): string {
  const perUnit = format.kind === 'epoch_s' ? 1_000_000n : 1_000n
  const least = -62_135_596_800_000_000n / perUnit
  const most = 253_402_300_800_000_000n / perUnit - 1n
  const plain = `${x} RLIKE ${quoteSparkText(String.raw`^(?:0|-?[1-9][0-9]{0,14})\z`)}`
  const n = `try_cast(${x} AS BIGINT)`
  const inRange = `CASE WHEN ${n} BETWEEN ${least} AND ${most} THEN ${momentSpark(`${n} * ${perUnit}`)} END`
  return `CASE WHEN ${plain} THEN ${inRange} END`
}

/** Prints the reading of a text by the first of `formats` that matches all of it, NULL when none does. */
export function readTimeSpark(x: string, formats: readonly TimeFormat[], target: TimeTarget): string {
  const readers = formats.map((f) => (f.kind === 'pattern' ? patternReader(f, target, x) : epochReader(f, x)))
  return readers.length === 1 ? `(${readers[0]})` : `COALESCE(${readers.join(', ')})`
}
