import { quoteText } from '../dialect.ts'
import { type TimeFormat, type TimeTarget, type TimeToken, timeFormatRegex } from '../time-format.ts'

const strptime: Readonly<Record<TimeToken, string>> = {
  yyyy: '%Y',
  MMM: '%b',
  MM: '%m',
  M: '%m',
  dd: '%d',
  d: '%d',
  HH: '%H',
  H: '%H',
  hh: '%I',
  h: '%I',
  a: '%p',
  mm: '%M',
  ss: '%S',
  SSSSSS: '%f',
  SSS: '%g',
  XXX: '',
}

const isoTimestamp = /^yyyy-MM-dd(?:[ T]HH:mm(?::ss(?:\.SSS|\.SSSSSS)?)?)?Z?$/
/** What DuckDB reads together with an offset behind it. */
const isoToSeconds = /^yyyy-MM-dd[ T]HH:mm:ss(?:\.SSS|\.SSSSSS)?$/
const isoTime = /^HH:mm(?::ss(?:\.SSS|\.SSSSSS)?)?$/

/** The format without quotes, good only to compare with fixed shapes. */
function shapeOf(format: TimeFormat): string {
  return format.parts.map((p) => ('token' in p ? p.token : p.literal)).join('')
}

const sqlTypes = { date: 'DATE', time: 'TIME', timestamp: 'TIMESTAMP' } as const

/** Parses text that the guard let through: only a day past the end of its month is left to become NULL. */
function guardedParser(format: TimeFormat, target: TimeTarget, x: string): string {
  const shape = shapeOf(format)
  const iso = target === 'time' ? isoTime : isoTimestamp
  if (iso.test(shape)) return `TRY_CAST(${x} AS ${sqlTypes[target]})`
  const pattern = format.parts
    .map((p) => ('token' in p ? strptime[p.token] : p.literal.replaceAll('%', '%%')))
    .join('')
  const parsed = `TRY_STRPTIME(${x}, ${quoteText(pattern)})`
  return target === 'timestamp' ? parsed : `CAST(${parsed} AS ${sqlTypes[target]})`
}

/** The offset at the end of `x` as signed minutes; the guard has seen `+hh:mm`. */
function offsetMinutes(x: string): string {
  const part = (from: number, count: number): string => `substring(${x}, ${from}, ${count})`
  return `(TRY_CAST(${part(-6, 3)} AS INTEGER) * 60 + TRY_CAST(${part(-6, 1)} || ${part(-2, 2)} AS INTEGER))`
}

function zonedParser(format: TimeFormat, x: string): string {
  const body: TimeFormat = { ...format, parts: format.parts.slice(0, -1) }
  // By its microseconds, since a cast between the two types would depend on the session's time zone.
  if (isoToSeconds.test(shapeOf(body))) return `make_timestamp(epoch_us(TRY_CAST(${x} AS TIMESTAMPTZ)))`
  const parse = (suffix: number): string =>
    guardedParser(body, 'timestamp', `substring(${x}, 1, length(${x}) - ${suffix})`)
  return `CASE WHEN ends_with(${x}, 'Z') THEN ${parse(1)} ELSE ${parse(6)} - to_minutes(${offsetMinutes(x)}) END`
}

function epochReader(format: TimeFormat, x: string): string {
  const perUnit = format.kind === 'epoch_s' ? 1_000_000n : 1_000n
  const n = `TRY_CAST(${x} AS BIGINT)`
  const least = -62_135_596_800_000_000n / perUnit
  const most = 253_402_300_800_000_000n / perUnit - 1n
  // The round trip lets through exactly the plain spelling of a whole number, cheaper than a regular expression.
  const guard = `strlen(${x}) <= ${format.maxBytes} AND CAST(${n} AS VARCHAR) = ${x} AND ${n} BETWEEN ${least} AND ${most}`
  return `CASE WHEN ${guard} THEN make_timestamp(${n} * ${perUnit}) END`
}

function patternReader(format: TimeFormat, target: TimeTarget, x: string): string {
  const shape = shapeOf(format)
  const cast = guardedParser(format, target, x)
  const { minBytes, maxBytes } = format
  const length = minBytes === maxBytes ? `= ${minBytes}` : `BETWEEN ${minBytes} AND ${maxBytes}`
  // DuckDB writes these two shapes itself, so equality with what it wrote is the cheapest exact guard.
  const canonical =
    (target === 'timestamp' && shape === 'yyyy-MM-dd HH:mm:ss') ||
    (target === 'date' && shape === 'yyyy-MM-dd')
  // The comparison keeps texts like month names from the cast, which is slow where it fails.
  if (canonical)
    return `CASE WHEN strlen(${x}) ${length} AND ${x} < ':' AND CAST(${cast} AS VARCHAR) = ${x} THEN ${cast} END`
  const zoned = format.parts.some((p) => 'token' in p && p.token === 'XXX')
  const guard = `strlen(${x}) ${length} AND regexp_full_match(${x}, ${quoteText(timeFormatRegex(format))})`
  return `CASE WHEN ${guard} THEN ${zoned ? zonedParser(format, x) : cast} END`
}

/**
 * Prints the reading of a text by the first of `formats` that matches all of it, NULL when none does.
 *
 * The length in bytes comes first in every guard, so that a row is looked at closely only by formats of its length.
 */
export function readTimeDuckdb(x: string, formats: readonly TimeFormat[], target: TimeTarget): string {
  const readers = formats.map((f) => (f.kind === 'pattern' ? patternReader(f, target, x) : epochReader(f, x)))
  return readers.length === 1 ? `(${readers[0]})` : `COALESCE(${readers.join(', ')})`
}
