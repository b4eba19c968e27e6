import { text, type LogicalType } from '../plan/type.ts'
import { defineFunction, type EdgeRow, type FunctionDefinition, type Printer } from './contract.ts'
import { quoteSparkText, sqlType } from './dialect.ts'

interface IntSpec<N extends string, K extends IntKind> {
  readonly name: N
  readonly kind: K
  readonly min: string
  readonly max: string
  readonly below: string
  readonly above: string
}

const grammar = '[+-]?[0-9]+'

/**
 * The condition that a text is the plain spelling of the `value` that a cast read from it, for most numbers from 1 on.
 *
 * A cast alone accepts spaces, underscores, fractions, exponents, and after a first 0 other bases. A text that begins with
 * 1 to 9 and whose number has as many digits as it has bytes can only be plain, or have an exponent that brings two more
 * zeros than it takes away; multiples of 100 are therefore left out.
 */
function isPlain(x: string, value: string, digits: number): string {
  const powers = Array.from({ length: Math.min(digits, 19) }, (_, i) => `1${'0'.repeat(i)}`)
  return `${x} >= '1' AND ${value} % 100 <> 0 AND ${value} >= ([${powers.join(', ')}])[strlen(${x})]`
}

/** Digits of the largest value, without the sign. */
const digitsOf = { int8: 3, int16: 5, int32: 10, int64: 19, uint64: 20 } as const

type IntKind = keyof typeof digitsOf

/** The integer that DuckDB's cast reads from a text: of more spellings than the function has, see `integerSpellings`. */
export const castInteger = (x: string, kind: IntKind): string =>
  `TRY_CAST(${x} AS ${sqlType({ kind }, 'duckdb')})`

/**
 * DuckDB conditions, any of which proves that a text spells the not NULL `value` that `castInteger` read from it; where all
 * are not TRUE, it does not. In order of their cost.
 *
 * Where the first does not tell, printing the value and comparing proves the usual spelling, at twice the cost; only other
 * spellings pay for the regular expression.
 */
export const integerSpellings = (x: string, value: string, kind: IntKind): readonly string[] => [
  isPlain(x, value, digitsOf[kind]),
  `CAST(${value} AS VARCHAR) = ${x}`,
  `regexp_full_match(${x}, '${grammar}')`,
]

const duckdb =
  (kind: IntKind): Printer =>
  ([x = '']) => {
    const value = castInteger(x, kind)
    const spelled = integerSpellings(x, value, kind)
    return `(CASE ${spelled.map((c) => `WHEN ${c} THEN ${value}`).join(' ')} END)`
  }

const postgres =
  (type: LogicalType, min: string, max: string): Printer =>
  ([x]) =>
    `(CASE WHEN ${x} ~ '^${grammar}$' THEN CASE WHEN CAST(${x} AS NUMERIC) BETWEEN ${min} AND ${max}` +
    ` THEN CAST(CAST(${x} AS NUMERIC) AS ${sqlType(type, 'postgres')}) END END)`

// Spark casts a text with spaces around it; the end of its pattern is written so that no line break may stand before it.
const spark =
  (type: LogicalType, max: string): Printer =>
  ([x]) => {
    const value = `TRY_CAST(${x} AS ${sqlType(type, 'spark')})`
    const fits = type.kind === 'uint64' ? `${value} BETWEEN 0 AND ${max}` : undefined
    const inside = fits === undefined ? value : `CASE WHEN ${fits} THEN ${value} END`
    return `(CASE WHEN ${x} RLIKE ${quoteSparkText(`^${grammar}\\z`)} THEN ${inside} END)`
  }

function edges(spec: IntSpec<string, IntKind>): readonly EdgeRow[] {
  const none =
    ' 1|1 |1\n|0x1F|0b1|0xF4240|1e1|1e2|12e2|15e1|15e-1|1.5e2|1_0|1.0|1.|9.9|99.9||-|+-1|١|１|one'.split('|')
  return [
    { in: ['12'], out: '12' },
    { in: ['+12'], out: '12' },
    { in: ['-0'], out: '0' },
    { in: ['100'], out: '100' },
    { in: ['101'], out: '101' },
    { in: ['0000000000000000000000000007'], out: '7' },
    { in: [spec.min], out: spec.min },
    { in: [spec.max], out: spec.max },
    { in: [spec.below], out: null },
    { in: [spec.above], out: null },
    { in: ['99999999999999999999999999999999999999999999'], out: null },
    { in: [null], out: null },
    ...none.map((x) => ({ in: [x], out: null })),
  ]
}

function parseInteger<const N extends string, const K extends IntKind>(spec: IntSpec<N, K>) {
  const type: LogicalType = { kind: spec.kind }
  return defineFunction({
    name: spec.name,
    kind: 'scalar',
    family: 'parse',
    meaning: `The ${spec.kind} that the text spells with an optional sign and decimal digits; NULL for any other text (spaces, points, exponents, underscores, hexadecimal) and for a number outside ${spec.min} to ${spec.max}.`,
    params: [{ name: 'x', accepts: ['text'] }],
    returns: spec.kind,
    type: () => type,
    nulls: 'always',
    print: {
      duckdb: duckdb(spec.kind),
      postgres: postgres(type, spec.min, spec.max),
      spark: spark(type, spec.max),
    },
    edges: [{ types: [text], result: type, rows: edges(spec) }],
  })
}

/** Text to int8, NULL unless it matches. */
export const parseInt8 = parseInteger({
  name: 'parse_int8',
  kind: 'int8',
  min: '-128',
  max: '127',
  below: '-129',
  above: '128',
})

/** Text to int16, NULL unless it matches. */
export const parseInt16 = parseInteger({
  name: 'parse_int16',
  kind: 'int16',
  min: '-32768',
  max: '32767',
  below: '-32769',
  above: '32768',
})

/** Text to int32, NULL unless it matches. */
export const parseInt32 = parseInteger({
  name: 'parse_int32',
  kind: 'int32',
  min: '-2147483648',
  max: '2147483647',
  below: '-2147483649',
  above: '2147483648',
})

/** Text to int64, NULL unless it matches. */
export const parseInt64 = parseInteger({
  name: 'parse_int64',
  kind: 'int64',
  min: '-9223372036854775808',
  max: '9223372036854775807',
  below: '-9223372036854775809',
  above: '9223372036854775808',
})

/** Text to uint64, NULL unless it matches. */
export const parseUint64 = parseInteger({
  name: 'parse_uint64',
  kind: 'uint64',
  min: '0',
  max: '18446744073709551615',
  below: '-1',
  above: '18446744073709551616',
})

/** The parsers of integers. */
export const parseIntFunctions = {
  parseInt8,
  parseInt16,
  parseInt32,
  parseInt64,
  parseUint64,
} as const satisfies Record<string, FunctionDefinition>
