import { findFunction } from '../function/catalogue.ts'
import {
  bool,
  type ColumnSpec,
  date,
  decimal,
  float64,
  int64,
  json,
  text,
  time,
  timestamp,
  uint64,
  uuid,
} from './column.ts'
import { guessTime } from './infer-time.ts'

/** A proposed column and what its reader should know. */
export interface ProposedColumn {
  readonly column: ColumnSpec
  readonly warnings: readonly string[]
}

export interface ProposalOptions {
  readonly from?: string
  readonly required?: boolean
  /** Texts that mean NULL, for every type but text. */
  readonly emptyTexts?: readonly string[]
}

/** Texts that stand for a missing value in columns that otherwise hold another type. */
const nullTexts = ['NULL', 'null', 'NA', 'N/A', 'n/a', '\\N', 'None', '#N/A', '-', '?', 'nan']

const boolPairs = [
  ['true', 'false'],
  ['Y', 'N'],
  ['y', 'n'],
  ['Yes', 'No'],
  ['yes', 'no'],
  ['YES', 'NO'],
  ['T', 'F'],
  ['t', 'f'],
] as const

const integer = /^[+-]?\d+$/
const fraction = /^[+-]?(?:\d+\.\d+|\d+)$/
const floating = /^[+-]?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d{1,3})?|NaN|Infinity)$/
const uuidForm = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i

type Guess = {
  readonly make: (o: ProposalOptions & { nulls?: readonly string[] }) => ColumnSpec
  readonly warnings: readonly string[]
}

const plain = (make: Guess['make'], ...warnings: string[]): Guess => ({ make, warnings })

function guessInteger(values: readonly string[]): Guess {
  const zero = values.find((v) => /^[+-]?0\d/.test(v))
  if (zero !== undefined)
    return plain((o) => text(o), `"${zero}" has leading zeros, so the column stays text`)
  const numbers = values.map(BigInt)
  const within = (low: bigint, high: bigint): boolean => numbers.every((n) => n >= low && n <= high)
  if (within(-(2n ** 63n), 2n ** 63n - 1n)) return plain((o) => int64(o))
  if (within(0n, 2n ** 64n - 1n)) return plain((o) => uint64(o))
  const digits = Math.max(...values.map((v) => v.replace(/^[+-]/, '').length))
  if (digits <= 38) return plain((o) => decimal(38, 0, o), `numbers of ${digits} digits need decimal(38,0)`)
  return plain((o) => text(o), `numbers of ${digits} digits fit no number type, so the column stays text`)
}

function guessFraction(values: readonly string[]): Guess {
  const scale = Math.max(...values.map((v) => v.split('.')[1]?.length ?? 0))
  const whole = Math.max(...values.map((v) => (v.split('.')[0] ?? '').replace(/^[+-]/, '').length))
  const notes = values.every((v) => /\.0+$/.test(v))
    ? ['every number ends in .0: perhaps an integer, or a text key']
    : []
  if (scale <= 6 && whole + scale <= 38)
    return plain((o) => decimal(whole + scale <= 18 ? 18 : 38, scale, o), ...notes)
  return plain(
    (o) => float64(o),
    `up to ${scale} digits after the point: proposed as float64, which is not exact`,
  )
}

function guessBool(values: readonly string[]): Guess | undefined {
  const seen = new Set(values)
  if ([...seen].every((v) => ['true', 'True', 'TRUE', 'false', 'False', 'FALSE'].includes(v)))
    return plain((o) => bool(o))
  const pair = boolPairs.find(([yes, no]) => seen.size === 2 && seen.has(yes) && seen.has(no))
  return pair && plain((o) => bool({ ...o, trueValues: [pair[0]], falseValues: [pair[1]] }))
}

function guessMoment(values: readonly string[]): Guess | undefined {
  const guess = guessTime(values)
  if (guess === undefined) return undefined
  if (guess.kind === 'ambiguous') {
    const [a = '', b = ''] = guess.formats
    return plain(
      (o) => text(o),
      `"${guess.example}" can be ${a} or ${b}; the column stays text until you declare which, with format: '${a}' or '${b}'`,
    )
  }
  const make = { date, time, timestamp }[guess.kind]
  const [only = ''] = guess.formats
  if (guess.formats.length === 1) return plain((o) => make({ ...o, format: only }))
  return plain(
    (o) => make({ ...o, formats: guess.formats }),
    `the column mixes ${guess.formats.length} formats`,
  )
}

function isJson(value: string): boolean {
  if (!/^[[{]/.test(value)) return false
  try {
    JSON.parse(value)
    return true
  } catch {
    return false
  }
}

/** The type that reads every text without loss, or undefined when only text does. */
function guess(values: readonly string[]): Guess | undefined {
  const all = (form: RegExp): boolean => values.every((v) => form.test(v))
  if (all(integer)) return guessInteger(values)
  const leading = values.some((v) => /^[+-]?0\d/.test(v))
  if (all(fraction) && !leading) return guessFraction(values)
  if (all(floating) && !leading) return plain((o) => float64(o))
  if (all(uuidForm)) return plain((o) => uuid(o))
  const logical = guessBool(values) ?? guessMoment(values)
  if (logical !== undefined) return logical
  if (findFunction('parse_json') !== undefined && values.every(isJson)) return plain((o) => json(o))
  if (all(/^[+-]?\d{1,3}(?:\.\d{3})*,\d+$|^[+-]?\d+,\d+$|^[+-]?\d+$/)) {
    return plain(
      (o) => text(o),
      `"${values.find((v) => v.includes(','))}" has a decimal comma; the column stays text`,
    )
  }
  return undefined
}

function made(found: Guess, options: ProposalOptions, nulls: readonly string[]): ColumnSpec {
  const { emptyTexts = [], ...rest } = options
  const column = found.make(rest)
  const all = [...nulls, ...(column.type.kind === 'text' ? [] : emptyTexts)]
  return all.length === 0 ? column : found.make({ ...rest, nulls: all })
}

/**
 * Proposes a column for the texts of one source column; NULLs are left out of `values`.
 *
 * A type is proposed only if it reads every text of the sample without loss or guess; what stays text for a reason says
 * the reason in a warning.
 */
export function proposeColumn(values: readonly string[], options: ProposalOptions = {}): ProposedColumn {
  const { emptyTexts: _empty, ...asText } = options
  if (values.length === 0)
    return { column: text(asText), warnings: ['no value in the sample; proposed as text'] }
  const distinct = [...new Set(values)]
  const found = guess(distinct)
  if (found !== undefined) return { column: made(found, options, []), warnings: found.warnings }
  const rest = distinct.filter((v) => !nullTexts.includes(v))
  const nulls = distinct.filter((v) => nullTexts.includes(v))
  if (nulls.length > 0 && rest.length > 0) {
    const typed = guess(rest)
    if (typed !== undefined) {
      const { required: _, ...others } = options
      const shown = nulls.map((n) => `"${n}"`).join(', ')
      return {
        column: made(typed, others, nulls),
        warnings: [...typed.warnings, `${shown} taken as NULL`],
      }
    }
  }
  const strays = mostlyTyped(values)
  return { column: text(asText), warnings: strays === undefined ? [] : [strays] }
}

/** Says so when all but a few texts are numbers: the column is text because of them. */
function mostlyTyped(values: readonly string[]): string | undefined {
  const strays = values.filter((v) => !floating.test(v))
  if (strays.length === 0 || strays.length > values.length / 20) return undefined
  return `${values.length - strays.length} of ${values.length} values are numbers; "${strays[0]}" is not, so the column stays text`
}
