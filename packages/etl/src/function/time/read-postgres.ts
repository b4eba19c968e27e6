import { quoteText } from '../dialect.ts'
import { type TimeFormat, type TimeTarget, type TimeToken, timeFormatRegex } from '../time-format.ts'

/** Finds the capture of the first of some tokens that a format names. */
function capture(format: TimeFormat, ...wanted: readonly TimeToken[]): string | undefined {
  const tokens = format.parts.flatMap((p) => ('token' in p ? [p.token] : []))
  const index = tokens.findIndex((t) => wanted.includes(t))
  return index === -1 ? undefined : `m[${index + 1}]`
}

function monthOf(format: TimeFormat): string {
  const name = capture(format, 'MMM')
  if (name !== undefined) return `(strpos('janfebmaraprmayjunjulaugsepoctnovdec', lower(${name})) + 2) / 3`
  return `${capture(format, 'MM', 'M')}::int`
}

function clockOf(format: TimeFormat): string {
  const twelve = capture(format, 'hh', 'h')
  const half = `CASE WHEN lower(${capture(format, 'a')}) = 'pm' THEN 12 ELSE 0 END`
  const plain = capture(format, 'HH', 'H')
  const hour =
    twelve === undefined ? (plain === undefined ? '0' : `${plain}::int`) : `${twelve}::int % 12 + ${half}`
  const minute = capture(format, 'mm')
  const second = capture(format, 'ss') ?? `'0'`
  const fraction = capture(format, 'SSS', 'SSSSSS')
  const seconds = fraction === undefined ? second : `(${second} || '.' || ${fraction})`
  return `make_time(${hour}, ${minute === undefined ? '0' : `${minute}::int`}, ${seconds}::double precision)`
}

function offsetOf(format: TimeFormat): string {
  const offset = capture(format, 'XXX')
  if (offset === undefined) return ''
  const minutes = `left(${offset}, 3)::int * 60 + (left(${offset}, 1) || right(${offset}, 2))::int`
  return ` - make_interval(mins => CASE WHEN ${offset} = 'Z' THEN 0 ELSE ${minutes} END)`
}

function patternReader(format: TimeFormat, target: TimeTarget, x: string): string {
  const matches = `regexp_match(${x}, ${quoteText(`^${timeFormatRegex(format)}$`)}) AS r(m)`
  if (target === 'time') return `(SELECT ${clockOf(format)} FROM ${matches} WHERE m IS NOT NULL)`
  // A day past the end of its month lands in the next month, where the outer CASE sees it.
  const month = monthOf(format)
  const first = `make_date(${capture(format, 'yyyy')}::int, ${month}, 1)`
  const days = `SELECT m, ${first} + (${capture(format, 'dd', 'd')}::int - 1) AS d FROM ${matches} WHERE m IS NOT NULL`
  const value = target === 'date' ? 'd' : `d + ${clockOf(format)}${offsetOf(format)}`
  return `(SELECT CASE WHEN EXTRACT(MONTH FROM d) = ${month} THEN ${value} END FROM (${days}) AS s)`
}

function epochReader(format: TimeFormat, x: string): string {
  const perUnit = format.kind === 'epoch_s' ? 1_000_000n : 1_000n
  const least = -62_135_596_800_000_000n / perUnit
  const most = 253_402_300_800_000_000n / perUnit - 1n
  const whole = `${x} ~ '^(0|-?[1-9][0-9]{0,14})$'`
  const inRange = `CASE WHEN ${x}::bigint BETWEEN ${least} AND ${most} THEN TIMESTAMP '1970-01-01' + ${epochInterval(x, format)} END`
  return `(CASE WHEN ${whole} THEN ${inRange} END)`
}

function epochInterval(x: string, format: TimeFormat): string {
  const perDay = format.kind === 'epoch_s' ? 86_400 : 86_400_000
  const unit = format.kind === 'epoch_s' ? 'second' : 'millisecond'
  return `(${x}::bigint / ${perDay})::int * INTERVAL '1 day' + (${x}::bigint % ${perDay})::int * INTERVAL '1 ${unit}'`
}

/** Prints the reading of a text by the first of `formats` that matches all of it, NULL when none does. */
export function readTimePostgres(x: string, formats: readonly TimeFormat[], target: TimeTarget): string {
  const readers = formats.map((f) => (f.kind === 'pattern' ? patternReader(f, target, x) : epochReader(f, x)))
  return readers.length === 1 ? (readers[0] ?? '') : `COALESCE(${readers.join(', ')})`
}
