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

/** Globs of what most texts of a token look like; other texts of the token are left to the regular expression. */
const commonGlobs: Readonly<Record<TimeToken, readonly string[]>> = {
  yyyy: ['[1-9][0-9][0-9][0-9]'],
  MMM: ['[A-Z][a-z][a-z]'],
  MM: ['[01][0-9]'],
  M: ['[1-9]', '1[0-2]'],
  dd: ['[0-3][0-9]'],
  d: ['[1-9]', '[1-3][0-9]'],
  HH: ['[01][0-9]', '2[0-3]'],
  H: ['[0-9]', '[12][0-9]'],
  hh: ['[01][0-9]'],
  h: ['[1-9]', '1[0-2]'],
  a: ['[AP]M'],
  mm: ['[0-5][0-9]'],
  ss: ['[0-5][0-9]'],
  SSSSSS: ['[0-9][0-9][0-9][0-9][0-9][0-9]'],
  SSS: ['[0-9][0-9][0-9]'],
  XXX: ['Z'],
}

/**
 * The same for layouts that a cast reads: with the separators in their places it stumbles over all but digits, other than
 * a second digit that is missing before a space or the end, and spaces before a digit.
 */
const commonCastGlobs: Readonly<Record<TimeToken, readonly string[]>> = {
  ...commonGlobs,
  yyyy: ['[1-9]???'],
  MM: ['??'],
  dd: ['?[0-9]'],
  HH: ['[01]?', '2[0-3]'],
  mm: ['?[0-9]'],
  ss: ['?[0-9]'],
}

/** More alternatives than this are slower to try than the regular expression. */
const mostGlobs = 4

/** The condition that a text is a common one of the format; undefined where that cannot be told quickly. */
function isCommon(format: TimeFormat, x: string, byCast: boolean): string | undefined {
  const globs = byCast ? commonCastGlobs : commonGlobs
  let found = ['']
  for (const part of format.parts) {
    if ('literal' in part && /[*?[\]\\]|[^\0-\x7f]/.test(part.literal)) return undefined
    const next = 'token' in part ? globs[part.token] : [part.literal]
    found = found.flatMap((before) => next.map((glob) => before + glob))
  }
  return found.length > mostGlobs
    ? undefined
    : found.map((glob) => `${x} GLOB ${quoteText(glob)}`).join(' OR ')
}

function patternReader(format: TimeFormat, target: TimeTarget, x: string): string {
  const iso = target === 'time' ? isoTime : isoTimestamp
  const last = format.parts.at(-1)
  const zoned = last !== undefined && 'token' in last && last.token === 'XXX'
  const { minBytes, maxBytes } = format
  const length = minBytes === maxBytes ? `= ${minBytes}` : `BETWEEN ${minBytes} AND ${maxBytes}`
  const parser = zoned ? zonedParser(format, x) : guardedParser(format, target, x)
  const common = isCommon(format, x, target !== 'time' && iso.test(shapeOf(format).replace(/XXX$/, 'Z')))
  // Texts that begin with a letter, such as month names, are kept from the expression of a format that begins with a digit.
  const first = format.parts[0]
  const digits = first !== undefined && 'token' in first && !['MMM', 'a', 'XXX'].includes(first.token)
  const sized = `strlen(${x}) ${length}`
  const exact = `${sized} AND ${digits ? `${x} < ':' AND ` : ''}regexp_full_match(${x}, ${quoteText(timeFormatRegex(format))})`
  const quickly = common === undefined ? '' : `WHEN ${sized} AND (${common}) THEN ${parser} `
  return `CASE ${quickly}WHEN ${exact} THEN ${parser} END`
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
