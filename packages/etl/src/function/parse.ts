import { decimal, int32, list, text, type LogicalType } from '../plan/type.ts'
import { constantTexts, declaredDecimal, decimalShape } from './constant.ts'
import {
  type ArgInfo,
  defineFunction,
  type Dialect,
  type FunctionDefinition,
  integerKinds,
  type Printer,
} from './contract.ts'
import { quoteSparkText, textQuoting } from './dialect.ts'
import { parseIntFunctions } from './parse-int.ts'

const decimalGrammar = (scale: number): string =>
  scale === 0 ? '[+-]?[0-9]+[.]?' : `[+-]?([0-9]+([.][0-9]{0,${scale}})?|[.][0-9]{1,${scale}})`

const floatGrammar = '[+-]?([0-9]+([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,3})?'
const uuidGrammar = '[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}'
const specialFloats = "'NaN', 'Infinity', '-Infinity'"

// Java's $ would match before a line break at the end.
const matchesOnSpark = (x: string | undefined, grammar: string): string =>
  `${x} RLIKE ${quoteSparkText(`^${grammar}\\z`)}`

/** Text to decimal, NULL unless it matches. */
export const parseDecimal = defineFunction({
  name: 'parse_decimal',
  kind: 'scalar',
  family: 'parse',
  meaning:
    'The decimal that the text spells with an optional sign, decimal digits and an optional point. NULL for any other text (spaces, exponents, group separators), for more fraction digits than the scale, even zeros, and for a number that needs more digits than the precision. Never rounds.',
  params: [
    { name: 'x', accepts: ['text'] },
    { name: 'precision', accepts: integerKinds, constant: true },
    { name: 'scale', accepts: integerKinds, constant: true },
  ],
  returns: 'decimal',
  type: ([, p, s]) => declaredDecimal(p, s),
  nulls: 'always',
  print: {
    // The parsed value's text begins with the source text exactly when that is a plain spelling that lost no digit; only
    // other spellings pay for the regular expression.
    duckdb: ([x], { type }) => {
      const { precision, scale } = decimalShape(type)
      const value = `TRY_CAST(${x} AS DECIMAL(${precision},${scale}))`
      return `(CASE WHEN starts_with(CAST(${value} AS VARCHAR), ${x}) THEN ${value} WHEN regexp_full_match(${x}, '${decimalGrammar(scale)}') THEN ${value} END)`
    },
    postgres: ([x], { type }) => {
      const { precision, scale } = decimalShape(type)
      return `(CASE WHEN ${x} ~ '^${decimalGrammar(scale)}$' THEN CASE WHEN abs(CAST(${x} AS NUMERIC)) < 1e${precision - scale} THEN CAST(${x} AS NUMERIC(${precision},${scale})) END END)`
    },
    spark: ([x], { type }) => {
      const { precision, scale } = decimalShape(type)
      return `(CASE WHEN ${matchesOnSpark(x, decimalGrammar(scale))} THEN TRY_CAST(${x} AS DECIMAL(${precision},${scale})) END)`
    },
  },
  edges: [
    {
      types: [text, int32, int32],
      result: decimal(10, 2),
      rows: [
        ['12.34', '12.34'],
        ['12.3', '12.30'],
        ['12', '12.00'],
        ['12.', '12.00'],
        ['.5', '0.50'],
        ['+0.05', '0.05'],
        ['-.5', '-0.50'],
        ['-12.34', '-12.34'],
        ['-0', '0.00'],
        ['007.10', '7.10'],
        ['99999999.99', '99999999.99'],
        ['-99999999.99', '-99999999.99'],
        ['100000000', null],
        ['12.345', null],
        ['12.340', null],
        ['99999999.995', null],
        ['1e2', null],
        ['1_0', null],
        ['1,000.00', null],
        [' 1', null],
        ['1 ', null],
        ['1\n', null],
        ['0x10', null],
        ['', null],
        ['.', null],
        ['-', null],
        ['NaN', null],
        [null, null],
      ].map(([x, out]) => ({ in: [x ?? null, '10', '2'], out: out ?? null })),
    },
    {
      types: [text, int32, int32],
      result: decimal(38, 0),
      rows: [
        {
          in: ['99999999999999999999999999999999999999', '38', '0'],
          out: '99999999999999999999999999999999999999',
        },
        { in: ['100000000000000000000000000000000000000', '38', '0'], out: null },
        { in: ['5.', '38', '0'], out: '5' },
        { in: ['5.0', '38', '0'], out: null },
        { in: ['.5', '38', '0'], out: null },
      ],
    },
    {
      types: [text, int32, int32],
      result: decimal(18, 18),
      rows: [
        { in: ['0.123456789012345678', '18', '18'], out: '0.123456789012345678' },
        { in: ['.9', '18', '18'], out: '0.900000000000000000' },
        { in: ['1', '18', '18'], out: null },
      ],
    },
  ],
})

/** Text to float64, NULL unless it matches. */
export const parseFloat64 = defineFunction({
  name: 'parse_float64',
  kind: 'scalar',
  family: 'parse',
  meaning:
    'The nearest float64 to the number that the text spells with an optional sign, decimal digits, an optional point and an optional exponent of at most three digits; also exactly NaN, Infinity and -Infinity. NULL for any other text and for numbers too large for a float64; numbers too small give 0.',
  params: [{ name: 'x', accepts: ['text'] }],
  returns: 'float64',
  type: () => ({ kind: 'float64' }),
  nulls: 'always',
  print: {
    duckdb: ([x]) =>
      `(CASE WHEN regexp_full_match(${x}, '${floatGrammar}') THEN CASE WHEN isfinite(TRY_CAST(${x} AS DOUBLE)) THEN TRY_CAST(${x} AS DOUBLE) END` +
      ` WHEN ${x} IN (${specialFloats}) THEN TRY_CAST(${x} AS DOUBLE) END)`,
    postgres: ([x]) =>
      `(CASE WHEN ${x} ~ '^${floatGrammar}$' THEN CASE WHEN abs(CAST(${x} AS NUMERIC)) < 2.4703282292062328e-324 THEN CAST(0 AS DOUBLE PRECISION)` +
      ` WHEN abs(CAST(${x} AS NUMERIC)) < 1.797693134862315807e308 THEN CAST(${x} AS DOUBLE PRECISION) END` +
      ` WHEN ${x} IN (${specialFloats}) THEN CAST(${x} AS DOUBLE PRECISION) END)`,
    spark: ([x]) =>
      `(CASE WHEN ${matchesOnSpark(x, floatGrammar)} THEN CASE WHEN abs(TRY_CAST(${x} AS DOUBLE)) < CAST('Infinity' AS DOUBLE) THEN TRY_CAST(${x} AS DOUBLE) END` +
      ` WHEN ${x} IN (${specialFloats}) THEN TRY_CAST(${x} AS DOUBLE) END)`,
  },
  edges: [
    {
      types: [text],
      result: { kind: 'float64' },
      rows: [
        ['1.5', '1.5'],
        ['-2', '-2'],
        ['+.5', '0.5'],
        ['1.', '1'],
        ['1e3', '1000'],
        ['1E-3', '0.001'],
        ['1.7976931348623157e308', '1.7976931348623157e+308'],
        ['5e-324', '5e-324'],
        ['1e-400', '0'],
        ['1e400', null],
        ['-1e400', null],
        ['1e1000', null],
        ['NaN', 'NaN'],
        ['Infinity', 'Infinity'],
        ['1.5\n', null],
        ['1.5d', null],
        ['inf', null],
        ['-Infinity', '-Infinity'],
        ['nan', null],
        ['inf', null],
        ['+Infinity', null],
        ['+-5', null],
        ['1_0.5', null],
        [' 1.5', null],
        ['0x1p3', null],
        ['1e', null],
        ['1,5', null],
        ['', null],
        [null, null],
      ].map(([x, out]) => ({ in: [x ?? null], out: out ?? null })),
    },
  ],
})

/** The spellings that `parse_bool` takes when no list is given. */
const defaultTrue = ['true', 'True', 'TRUE']
const defaultFalse = ['false', 'False', 'FALSE']

const boolLists = (args: readonly ArgInfo[]): { yes: readonly string[]; no: readonly string[] } | string => {
  const yes = args[1] === undefined ? defaultTrue : constantTexts(args[1])
  const no = args[2] === undefined ? defaultFalse : constantTexts(args[2])
  if (yes === undefined || no === undefined) return 'parse_bool takes constant lists of texts'
  if (yes.length === 0 || no.length === 0)
    return 'parse_bool needs at least one text for true and one for false'
  const both = yes.find((t) => no.includes(t))
  return both === undefined ? { yes, no } : `parse_bool: "${both}" is listed both as true and as false`
}

const boolPrinter =
  (dialect: Dialect): Printer =>
  ([x], call) => {
    const lists = boolLists(call.args)
    if (typeof lists === 'string') return 'CAST(NULL AS BOOLEAN)'
    const among = (texts: readonly string[]): string => texts.map(textQuoting[dialect]).join(', ')
    return `(CASE WHEN ${x} IN (${among(lists.yes)}) THEN TRUE WHEN ${x} IN (${among(lists.no)}) THEN FALSE END)`
  }

/** Text to bool, NULL unless listed. */
export const parseBool = defineFunction({
  name: 'parse_bool',
  kind: 'scalar',
  family: 'parse',
  meaning:
    'True for the texts of the first list, false for those of the second, compared exactly; NULL for any other text. The lists default to true, True, TRUE and false, False, FALSE.',
  params: [
    { name: 'x', accepts: ['text'] },
    { name: 'trueTexts', accepts: ['list'], constant: true, optional: true },
    { name: 'falseTexts', accepts: ['list'], constant: true, optional: true },
  ],
  returns: 'bool',
  type: (args): LogicalType | string => {
    const lists = boolLists(args)
    return typeof lists === 'string' ? lists : { kind: 'bool' }
  },
  nulls: 'always',
  print: { duckdb: boolPrinter('duckdb'), postgres: boolPrinter('postgres'), spark: boolPrinter('spark') },
  edges: [
    {
      types: [text],
      result: { kind: 'bool' },
      rows: [
        { in: ['true'], out: true },
        { in: ['TRUE'], out: true },
        { in: ['False'], out: false },
        { in: ['t'], out: null },
        { in: ['yes'], out: null },
        { in: ['1'], out: null },
        { in: [' true'], out: null },
        { in: [''], out: null },
        { in: [null], out: null },
      ],
    },
    {
      types: [text, list(text), list(text)],
      result: { kind: 'bool' },
      rows: [
        { in: ['Y', ['Y', "o'k"], ['N']], out: true },
        { in: ["o'k", ['Y', "o'k"], ['N']], out: true },
        { in: ['N', ['Y', "o'k"], ['N']], out: false },
        { in: ['y', ['Y', "o'k"], ['N']], out: null },
        { in: ['true', ['Y', "o'k"], ['N']], out: null },
      ],
    },
  ],
})

/** Text to uuid, NULL unless it matches. */
export const parseUuid = defineFunction({
  name: 'parse_uuid',
  kind: 'scalar',
  family: 'parse',
  meaning:
    'The uuid that the text spells as 8-4-4-4-12 hexadecimal digits of either case; NULL for any other text (braces, missing hyphens, spaces).',
  params: [{ name: 'x', accepts: ['text'] }],
  returns: 'uuid',
  type: () => ({ kind: 'uuid' }),
  nulls: 'always',
  print: {
    duckdb: ([x]) =>
      `(CASE WHEN CAST(TRY_CAST(${x} AS UUID) AS VARCHAR) = lower(${x}) THEN TRY_CAST(${x} AS UUID) END)`,
    postgres: ([x]) => `(CASE WHEN ${x} ~ '^${uuidGrammar}$' THEN CAST(${x} AS UUID) END)`,
    spark: ([x]) => `(CASE WHEN ${matchesOnSpark(x, uuidGrammar)} THEN lower(${x}) END)`,
  },
  edges: [
    {
      types: [text],
      result: { kind: 'uuid' },
      rows: [
        ['550e8400-e29b-41d4-a716-446655440000', '550e8400-e29b-41d4-a716-446655440000'],
        ['550E8400-E29B-41D4-A716-446655440000', '550e8400-e29b-41d4-a716-446655440000'],
        ['00000000-0000-0000-0000-000000000000', '00000000-0000-0000-0000-000000000000'],
        ['ffffffff-ffff-ffff-ffff-ffffffffffff', 'ffffffff-ffff-ffff-ffff-ffffffffffff'],
        ['{550e8400-e29b-41d4-a716-446655440000}', null],
        ['550e8400e29b41d4a716446655440000', null],
        ['550e-8400e29b-41d4-a716-446655440000', null],
        ['550e8400-e29b-41d4-a716-44665544000', null],
        ['550e8400-e29b-41d4-a716-446655440000\n', null],
        ['550e8400-e29b-41d4-a716-44665544000g', null],
        [' 550e8400-e29b-41d4-a716-446655440000', null],
        ['', null],
        [null, null],
      ].map(([x, out]) => ({ in: [x ?? null], out: out ?? null })),
    },
  ],
})

/** The parse family of the catalogue: text to typed values by one fixed grammar, NULL where it does not match. */
export const parseFunctions = {
  ...parseIntFunctions,
  parseDecimal,
  parseFloat64,
  parseBool,
  parseUuid,
} as const satisfies Record<string, FunctionDefinition>
