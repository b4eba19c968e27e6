/**
 * The one format language of dates and times.
 *
 * | token | meaning | read | written |
 * |---|---|---|---|
 * | `yyyy` | year | 4 digits, 0001 to 9999 | 4 digits |
 * | `MM`, `M` | month | 2 digits; 1 or 2 digits | `01`; `1` |
 * | `MMM` | month name | English, 3 letters, any case | `Jan` |
 * | `dd`, `d` | day | 2 digits; 1 or 2 digits | `01`; `1` |
 * | `HH`, `H` | hour 0 to 23 | 2 digits; 1 or 2 digits | `07`; `7` |
 * | `hh`, `h` | hour 1 to 12, with `a` | 2 digits; 1 or 2 digits | `07`; `7` |
 * | `a` | half of the day | AM or PM, any case | `AM` |
 * | `mm`, `ss` | minute, second | 2 digits, 00 to 59 | 2 digits |
 * | `SSS`, `SSSSSS` | fraction | 3 or 6 digits | 3 digits (cut) or 6 digits |
 * | `XXX` | offset from UTC, last | `Z` or `+hh:mm`, at most 14:59 | `Z` |
 * | `'text'` | the text itself; `''` is a quote | itself | itself |
 *
 * Everything but letters stands for itself. `epoch_s` and `epoch_ms` alone are whole seconds and milliseconds since
 * 1970-01-01T00:00:00Z. Two-digit years are refused: nothing says which century they mean.
 */
const widths = {
  yyyy: [4, 4],
  MMM: [3, 3],
  MM: [2, 2],
  M: [1, 2],
  dd: [2, 2],
  d: [1, 2],
  HH: [2, 2],
  H: [1, 2],
  hh: [2, 2],
  h: [1, 2],
  a: [2, 2],
  mm: [2, 2],
  ss: [2, 2],
  SSSSSS: [6, 6],
  SSS: [3, 3],
  XXX: [1, 6],
} as const

export type TimeToken = keyof typeof widths

export type TimeFormatPart = { readonly token: TimeToken } | { readonly literal: string }

/** What a format reads or writes. */
export type TimeTarget = 'date' | 'time' | 'timestamp'

/** A checked format. `minBytes` to `maxBytes` is the range of lengths in UTF-8 of the texts it matches. */
export interface TimeFormat {
  readonly kind: 'pattern' | 'epoch_s' | 'epoch_ms'
  readonly parts: readonly TimeFormatPart[]
  readonly minBytes: number
  readonly maxBytes: number
}

const units: Readonly<Record<TimeToken, string>> = {
  yyyy: 'year',
  MMM: 'month',
  MM: 'month',
  M: 'month',
  dd: 'day',
  d: 'day',
  HH: 'hour',
  H: 'hour',
  hh: 'hour',
  h: 'hour',
  a: 'half',
  mm: 'minute',
  ss: 'second',
  SSSSSS: 'fraction',
  SSS: 'fraction',
  XXX: 'offset',
}

function isToken(run: string): run is TimeToken {
  return Object.hasOwn(widths, run)
}

function unknownToken(run: string): string {
  if (run === 'yy' || run === 'YY') {
    return 'two-digit years ("yy") are refused: nothing says which century they mean; use "yyyy"'
  }
  const known = Object.keys(widths).join(', ')
  return `"${run}" is not a token; the tokens are ${known}, and other letters go between single quotes`
}

/** Splits a format into tokens and literals, or says what is wrong with it. */
function splitFormat(format: string): readonly TimeFormatPart[] | string {
  const parts: TimeFormatPart[] = []
  for (const [piece] of format.matchAll(/'(?:[^']|'')*'?|([A-Za-z])\1*|[^A-Za-z']+/gu)) {
    if (piece === "''") parts.push({ literal: "'" })
    else if (piece.startsWith("'")) {
      if (piece.length < 2 || !piece.endsWith("'")) return 'a single quote is opened and not closed'
      parts.push({ literal: piece.slice(1, -1).replaceAll("''", "'") })
    } else if (!/^[A-Za-z]/u.test(piece)) parts.push({ literal: piece })
    else if (isToken(piece)) parts.push({ token: piece })
    else return unknownToken(piece)
  }
  return parts
}

const tokensOf = (parts: readonly TimeFormatPart[]): TimeToken[] =>
  parts.flatMap((p) => ('token' in p ? [p.token] : []))

function problemWithUnits(tokens: readonly TimeToken[], target: TimeTarget): string | undefined {
  const seen = tokens.map((t) => units[t])
  const twice = seen.find((unit, index) => seen.indexOf(unit) !== index)
  if (twice !== undefined) return `it names the ${twice} twice`
  const wants = (unit: string): boolean => seen.includes(unit)
  const day = ['year', 'month', 'day']
  const clock = ['hour', 'half', 'minute', 'second', 'fraction', 'offset']
  const outside =
    target === 'date' ? clock.find(wants) : target === 'time' ? [...day, 'offset'].find(wants) : undefined
  if (outside !== undefined) return `it names the ${outside}, which a ${target} does not have`
  const needed = target === 'time' ? ['hour', 'minute'] : day
  const lacking = needed.find((unit) => !wants(unit))
  if (lacking !== undefined) return `it does not name the ${lacking}`
  const order = ['hour', 'minute', 'second', 'fraction']
  const gap = order.find((unit, index) => index > 0 && wants(unit) && !wants(order[index - 1] ?? ''))
  if (gap !== undefined) return `it names the ${gap} and not the ${order[order.indexOf(gap) - 1]}`
  const twelve = tokens.includes('hh') || tokens.includes('h')
  if (twelve !== wants('half'))
    return '"hh" and "h" count 1 to 12 and need "a" (AM or PM); "a" needs one of them'
  return wants('hour') && !wants('minute') ? 'it names the hour and not the minute' : undefined
}

function problemWithReading(parts: readonly TimeFormatPart[]): string | undefined {
  for (const [index, part] of parts.entries()) {
    if (!('token' in part)) continue
    if (part.token === 'XXX' && index !== parts.length - 1) return '"XXX" must stand last'
    const next = parts[index + 1]
    const digitFollows =
      next !== undefined &&
      ('token' in next ? !['MMM', 'a', 'XXX'].includes(next.token) : /^[0-9]/u.test(next.literal))
    const [least, most] = widths[part.token]
    if (least !== most && part.token !== 'XXX' && digitFollows) {
      return `"${part.token}" has one or two digits and a digit follows at once, so where it ends is not known`
    }
  }
  return undefined
}

const utf8 = new TextEncoder()

/**
 * Checks a format for reading or writing a date, time or timestamp.
 *
 * Returns the format, or a sentence that says what is wrong with it. A date needs year, month and day; a time hour and
 * minute; a timestamp at least what a date needs, and no unit without the larger one.
 */
export function parseTimeFormat(
  format: string,
  target: TimeTarget,
  use: 'read' | 'write',
): TimeFormat | string {
  if (format === 'epoch_s' || format === 'epoch_ms') {
    if (target !== 'timestamp' || use === 'write') return `the format "${format}" reads timestamps only`
    return { kind: format, parts: [], minBytes: 1, maxBytes: format === 'epoch_s' ? 12 : 15 }
  }
  const parts = splitFormat(format)
  const problem =
    typeof parts === 'string'
      ? parts
      : use === 'read'
        ? (problemWithUnits(tokensOf(parts), target) ?? problemWithReading(parts))
        : parts.length === 0
          ? 'it is empty'
          : undefined
  if (problem !== undefined || typeof parts === 'string')
    return `the format "${format}" does not work: ${problem}`
  const bytes = (bound: 0 | 1): number =>
    parts.reduce((sum, p) => sum + ('token' in p ? widths[p.token][bound] : utf8.encode(p.literal).length), 0)
  return { kind: 'pattern', parts, minBytes: bytes(0), maxBytes: bytes(1) }
}

const anyCase = (word: string): string =>
  [...word].map((c) => `[${c.toUpperCase()}${c.toLowerCase()}]`).join('')

const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

const guards: Readonly<Record<TimeToken, string>> = {
  yyyy: '[0-9]{3}[1-9]|[0-9]{2}[1-9]0|[0-9][1-9]00|[1-9]000',
  MMM: monthNames.map(anyCase).join('|'),
  MM: '0[1-9]|1[0-2]',
  M: '0?[1-9]|1[0-2]',
  dd: '0[1-9]|[12][0-9]|3[01]',
  d: '0?[1-9]|[12][0-9]|3[01]',
  HH: '[01][0-9]|2[0-3]',
  H: '[01]?[0-9]|2[0-3]',
  hh: '0[1-9]|1[0-2]',
  h: '0?[1-9]|1[0-2]',
  a: '[AaPp][Mm]',
  mm: '[0-5][0-9]',
  ss: '[0-5][0-9]',
  SSSSSS: '[0-9]{6}',
  SSS: '[0-9]{3}',
  XXX: 'Z|[+-](?:0[0-9]|1[0-4]):[0-5][0-9]',
}

/**
 * The regular expression of exactly the texts a pattern matches, days of the month from 1 to 31 whatever the month. One
 * capturing group per token, in order; written in the part of the language that RE2, PostgreSQL and Java share;
 * without anchors.
 */
export function timeFormatRegex(format: TimeFormat): string {
  return format.parts
    .map((p) =>
      'token' in p ? `(${guards[p.token]})` : p.literal.replaceAll(/[.*+?()[\]{}|^$\\]/gu, '[$&]'),
    )
    .join('')
    .replaceAll('[^]', '\\^')
    .replaceAll('[\\]', '\\\\')
    .replaceAll('[[]', '\\[')
    .replaceAll('[]]', '\\]')
}
