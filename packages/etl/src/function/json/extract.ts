import { bool, decimal, float64, int64, json, type LogicalType, text } from '../../plan/type.ts'
import { declaredDecimal } from '../constant.ts'
import { type ArgInfo, defineFunction, integerKinds } from '../contract.ts'
import { quoteSparkText } from '../dialect.ts'
import { duckdbPath, pathOf, postgresAt } from './path.ts'
import { documentSpark, writtenSpark } from './path-spark.ts'
import { numberSpark, textSpark, withValueSpark } from './scalar-spark.ts'
import { exactDuckdb, numberPostgres, textDuckdb, textPostgres, withValueDuckdb } from './scalar.ts'

const params = [
  { name: 'x', accepts: ['json'] },
  { name: 'path', accepts: ['text'], constant: true },
] as const

const typed =
  (type: LogicalType) =>
  (args: readonly ArgInfo[]): LogicalType | string => {
    const path = pathOf(args)
    return typeof path === 'string' ? path : type
  }

const digits =
  'A number written with a fraction or an exponent is known to 15 significant digits and from 0.000001 up to 10^15; others give NULL (PostgreSQL, whose jsonb forgets how a number was written, gives the digits of whole ones). Of members with the same name it is not said which is read.'

const doc =
  '{"a":{"b":[1,"x",null,true,2.50,{"c":"é😀"}],"d e":"q"},"big":12345678901234567890123,"i":-7,"s":"12","n":null,"f":0.1,"w":3.0,"":""}'

/** `json_text(x, '$.name')`. */
export const jsonText = defineFunction({
  name: 'json_text',
  kind: 'scalar',
  family: 'json',
  meaning: `The text at the constant path; a number there gives its plain digits without trailing zeros, true and false their words. NULL when nothing, null, an object or an array is there. ${digits}`,
  params,
  returns: 'text',
  type: typed(text),
  nulls: 'always',
  print: {
    duckdb: ([x = ''], { args }) => textDuckdb(x, duckdbPath(args)),
    postgres: ([x = ''], { args }) => textPostgres(postgresAt(x, args)),
    spark: ([x = ''], { args }) => textSpark(x, args),
  },
  edges: [
    {
      types: [json, text],
      result: text,
      rows: [
        { in: [doc, '$.a.b[1]'], out: 'x' },
        { in: [doc, '$.a.b[5].c'], out: 'é😀' },
        { in: [doc, '$.a."d e"'], out: 'q' },
        { in: [doc, '$.a.b[0]'], out: '1' },
        { in: [doc, '$.big'], out: '12345678901234567890123' },
        { in: [doc, '$.a.b[4]'], out: '2.5' },
        { in: [doc, '$.w'], out: '3' },
        { in: [doc, '$.a.b[3]'], out: 'true' },
        { in: [doc, '$.n'], out: null },
        { in: [doc, '$.a'], out: null },
        { in: [doc, '$.a.b'], out: null },
        { in: [doc, '$.a.b[9]'], out: null },
        { in: [doc, '$.a[0]'], out: null },
        { in: [doc, '$.i.x'], out: null },
        { in: ['{"t":"1.0","u":"[x","v":"\\u0041\\n","z":""}', '$.t'], out: '1.0' },
        { in: ['{"t":"1.0","u":"[x","v":"\\u0041\\n","z":""}', '$.u'], out: '[x' },
        { in: ['{"t":"1.0","u":"[x","v":"\\u0041\\n","z":""}', '$.v'], out: 'A\n' },
        { in: ['{"t":"1.0","u":"[x","v":"\\u0041\\n","z":""}', '$.z'], out: '' },
        { in: ['"top"', '$'], out: 'top' },
        { in: ['["null",null]', '$[0]'], out: 'null' },
        { in: ['["null",null]', '$[1]'], out: null },
        { in: ['{"a":"true","b":"{}"}', '$.a'], out: 'true' },
        { in: ['{"a":"true","b":"{}"}', '$.b'], out: '{}' },
        { in: ['{"i":"Infinity","q":"\\"Infinity\\""}', '$.i'], out: 'Infinity' },
        { in: ['{"i":"Infinity","q":"\\"Infinity\\""}', '$.q'], out: '"Infinity"' },
        { in: ['[0.0000001,-1E-7,0e0]', '$[0]'], out: null },
        { in: ['[0.0000001,-1E-7,0e0]', '$[1]'], out: null },
        { in: ['[0.0000001,-1E-7,0e0]', '$[2]'], out: '0' },
        { in: ['[1.5e2,0.000001,1E-3,-2.50,1e0]', '$[0]'], out: '150' },
        { in: ['[1.5e2,0.000001,1E-3,-2.50,1e0]', '$[1]'], out: '0.000001' },
        { in: ['[1.5e2,0.000001,1E-3,-2.50,1e0]', '$[2]'], out: '0.001' },
        { in: ['[1.5e2,0.000001,1E-3,-2.50,1e0]', '$[3]'], out: '-2.5' },
        { in: ['[1.5e2,0.000001,1E-3,-2.50,1e0]', '$[4]'], out: '1' },
        { in: [`{"it's":1,"a?":2,"é.😀[0]":3}`, `$."it's"`], out: '1' },
        { in: [`{"it's":1,"a?":2,"é.😀[0]":3}`, '$."a?"'], out: '2' },
        { in: [`{"it's":1,"a?":2,"é.😀[0]":3}`, '$."é.😀[0]"'], out: '3' },
        { in: ['[1]', '$."0"'], out: null },
        { in: [null, '$.a'], out: null },
      ],
    },
  ],
})

/** `json_int(x, '$.quantity')`. */
export const jsonInt = defineFunction({
  name: 'json_int',
  kind: 'scalar',
  family: 'json',
  meaning: `The whole number at the constant path (3.0 is one). NULL when no number is there, when it has a fraction, or when it does not fit 64 bits; digits in a JSON text are no number. ${digits}`,
  params,
  returns: 'int64',
  type: typed(int64),
  nulls: 'always',
  print: {
    duckdb: ([x = ''], { args }) => {
      const whole = (n: string): string => `TRY_CAST(split_part(${n}, '.', 1) AS BIGINT)`
      return withValueDuckdb(
        x,
        duckdbPath(args),
        (n) =>
          `CASE WHEN regexp_full_match(${n}, '-?[0-9]+(?:[.]0)?') AND (${exactDuckdb(n)} OR NOT contains(${n}, '.')) THEN ${whole(n)} END`,
      )
    },
    postgres: ([x = ''], { args }) => {
      const n = numberPostgres(postgresAt(x, args))
      return `(CASE WHEN strpos(${n}, '.') = 0 AND ${n}::numeric BETWEEN -9223372036854775808 AND 9223372036854775807 THEN ${n}::bigint END)`
    },
    spark: ([x = ''], { args }) => withValueSpark(x, args, (n) => `try_cast(${numberSpark(n)} AS BIGINT)`),
  },
  edges: [
    {
      types: [json, text],
      result: int64,
      rows: [
        { in: [doc, '$.i'], out: '-7' },
        { in: [doc, '$.w'], out: '3' },
        { in: [doc, '$.f'], out: null },
        { in: [doc, '$.s'], out: null },
        { in: [doc, '$.big'], out: null },
        { in: [doc, '$.n'], out: null },
        { in: [doc, '$.none'], out: null },
        { in: [doc, '$.a.b[3]'], out: null },
        { in: ['[9223372036854775807]', '$[0]'], out: '9223372036854775807' },
        { in: ['[-9223372036854775808]', '$[0]'], out: '-9223372036854775808' },
        { in: ['[9223372036854775808]', '$[0]'], out: null },
        { in: ['[9007199254740993]', '$[0]'], out: '9007199254740993' },
        { in: ['-0', '$'], out: '0' },
        { in: [null, '$'], out: null },
      ],
    },
  ],
})

const decimalType = (args: readonly ArgInfo[]): LogicalType | string => {
  const path = pathOf(args)
  return typeof path === 'string' ? path : declaredDecimal(args[2], args[3])
}

const shapeOf = (type: LogicalType): { readonly precision: number; readonly scale: number } =>
  type.kind === 'decimal' ? type : { precision: 38, scale: 0 }

/** `json_decimal(x, '$.price', 18, 2)`. */
export const jsonDecimal = defineFunction({
  name: 'json_decimal',
  kind: 'scalar',
  family: 'json',
  meaning: `The number at the constant path as decimal(precision, scale), exactly. NULL when no number is there or when it does not fit without rounding; digits in a JSON text are no number. ${digits}`,
  params: [
    ...params,
    { name: 'precision', accepts: integerKinds, constant: true },
    { name: 'scale', accepts: integerKinds, constant: true },
  ],
  returns: 'decimal',
  type: decimalType,
  nulls: 'always',
  print: {
    duckdb: ([x = ''], { args, type }) => {
      const { precision, scale } = shapeOf(type)
      const fraction = scale < 2 ? '[.]0' : `[.][0-9]{1,${scale}}`
      const number = scale === 1 ? '-?[0-9]+(?:[.][0-9])?' : `-?[0-9]+(?:${fraction})?`
      return withValueDuckdb(
        x,
        duckdbPath(args),
        (n) =>
          `CASE WHEN regexp_full_match(${n}, '${number}') AND (${exactDuckdb(n)} OR NOT contains(${n}, '.')) THEN TRY_CAST(${n} AS DECIMAL(${precision},${scale})) END`,
      )
    },
    postgres: ([x = ''], { args, type }) => {
      const { precision, scale } = shapeOf(type)
      const n = `${numberPostgres(postgresAt(x, args))}::numeric`
      return `(CASE WHEN scale(${n}) <= ${scale} AND abs(${n}) < 1e${precision - scale} THEN CAST(${n} AS NUMERIC(${precision},${scale})) END)`
    },
    spark: ([x = ''], { args, type }) => {
      const { precision, scale } = shapeOf(type)
      const exact = quoteSparkText(`^-?[0-9]+${scale === 0 ? '' : `(?:[.][0-9]{1,${scale}})?`}\\z`)
      const cast = (t: string): string =>
        `CASE WHEN ${t} RLIKE ${exact} THEN try_cast(${t} AS DECIMAL(${precision},${scale})) END`
      return withValueSpark(x, args, (n) => cast(numberSpark(n)))
    },
  },
  edges: [
    {
      types: [json, text, int64, int64],
      result: decimal(10, 2),
      rows: [
        { in: [doc, '$.a.b[4]', '10', '2'], out: '2.50' },
        { in: [doc, '$.f', '10', '2'], out: '0.10' },
        { in: [doc, '$.i', '10', '2'], out: '-7.00' },
        { in: [doc, '$.s', '10', '2'], out: null },
        { in: [doc, '$.n', '10', '2'], out: null },
        { in: [doc, '$.big', '10', '2'], out: null },
        { in: ['19.999', '$', '10', '2'], out: null },
        { in: ['99999999.99', '$', '10', '2'], out: '99999999.99' },
        { in: ['100000000', '$', '10', '2'], out: null },
        { in: ['-0.0', '$', '10', '2'], out: '0.00' },
        { in: ['"1.50"', '$', '10', '2'], out: null },
        { in: ['1.5e2', '$', '10', '2'], out: '150.00' },
        { in: [null, '$', '10', '2'], out: null },
      ],
    },
    {
      types: [json, text, int64, int64],
      result: decimal(38, 4),
      rows: [
        { in: [doc, '$.big', '38', '4'], out: '12345678901234567890123.0000' },
        { in: ['12345678901.2345', '$', '38', '4'], out: '12345678901.2345' },
        { in: ['12345678901234567.89', '$', '38', '4'], out: null },
      ],
    },
  ],
})

/** `json_float(x, '$.score')`. */
export const jsonFloat = defineFunction({
  name: 'json_float',
  kind: 'scalar',
  family: 'json',
  meaning:
    'The number at the constant path as float64. NULL when no number is there, or one that is not 0 and lies outside 1e-307 to 1.7e308.',
  params,
  returns: 'float64',
  type: typed(float64),
  nulls: 'always',
  print: {
    duckdb: ([x = ''], { args }) => {
      const value = (n: string): string => `TRY_CAST(${n} AS DOUBLE)`
      return withValueDuckdb(
        x,
        duckdbPath(args),
        (n) =>
          `CASE WHEN regexp_matches(${n}, '^-?[0-9]') AND (${value(n)} = 0 OR abs(${value(n)}) BETWEEN 1e-307 AND 1.7e308) THEN ${value(n)} END`,
      )
    },
    postgres: ([x = ''], { args }) => {
      const j = postgresAt(x, args)
      const n = `(${j} #>> '{}')::numeric`
      return `(CASE WHEN jsonb_typeof(${j}) = 'number' THEN CASE WHEN ${n} = 0 OR abs(${n}) BETWEEN 1e-307 AND 1.7e308 THEN ${n}::double precision END END)`
    },
    spark: ([x = ''], { args }) => {
      const value = (n: string): string => `try_cast(${n} AS DOUBLE)`
      const inside = (n: string): string =>
        `(${value(n)} = 0 OR abs(${value(n)}) BETWEEN 1e-307D AND 1.7e308D)`
      return withValueSpark(
        x,
        args,
        (n) => `CASE WHEN ${n} RLIKE '^-?[0-9]' AND ${inside(n)} THEN ${value(n)} END`,
      )
    },
  },
  edges: [
    {
      types: [json, text],
      result: float64,
      rows: [
        { in: [doc, '$.f'], out: '0.1' },
        { in: [doc, '$.i'], out: '-7' },
        { in: [doc, '$.s'], out: null },
        { in: [doc, '$.none'], out: null },
        { in: ['1.5e300', '$'], out: '1.5e300' },
        { in: ['1e400', '$'], out: null },
        { in: ['0.0', '$'], out: '0' },
        { in: ['0.1234567890123456789', '$'], out: '0.12345678901234568' },
        { in: [null, '$'], out: null },
      ],
    },
  ],
})

/** `json_bool(x, '$.active')`. */
export const jsonBool = defineFunction({
  name: 'json_bool',
  kind: 'scalar',
  family: 'json',
  meaning:
    'The true or false at the constant path; NULL when neither is there. Texts and numbers are neither.',
  params,
  returns: 'bool',
  type: typed(bool),
  nulls: 'always',
  print: {
    duckdb: ([x], { args }) =>
      `(CASE CAST(json_extract(${x}, ${duckdbPath(args)}) AS VARCHAR) WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END)`,
    postgres: ([x = ''], { args }) =>
      `(CASE WHEN jsonb_typeof(${postgresAt(x, args)}) = 'boolean' THEN ${postgresAt(x, args)} = 'true'::jsonb END)`,
    spark: ([x = ''], { args }) =>
      `(CASE ${writtenSpark(x, args)} WHEN 'true' THEN TRUE WHEN 'false' THEN FALSE END)`,
  },
  edges: [
    {
      types: [json, text],
      result: bool,
      rows: [
        { in: ['{"a":true}', '$.a'], out: true },
        { in: ['{"a":false}', '$.a'], out: false },
        { in: ['{"a":null}', '$.a'], out: null },
        { in: ['{"a":"true"}', '$.a'], out: null },
        { in: ['{"a":1}', '$.a'], out: null },
        { in: ['{"a":[true]}', '$.a'], out: null },
        { in: ['{"a":[true]}', '$.a[0]'], out: true },
        { in: ['{}', '$.a'], out: null },
        { in: ['false', '$'], out: false },
        { in: [null, '$.a'], out: null },
      ],
    },
  ],
})

/** `json_get(x, '$.address')`. */
export const jsonGet = defineFunction({
  name: 'json_get',
  kind: 'scalar',
  family: 'json',
  meaning:
    'The part of the document at the constant path; NULL when there is none. A null in the document is a JSON document, not NULL.',
  params,
  returns: 'json',
  type: typed(json),
  nulls: 'always',
  print: {
    duckdb: ([x], { args }) => `json_extract(${x}, ${duckdbPath(args)})`,
    postgres: ([x = ''], { args }) => postgresAt(x, args),
    spark: ([x = ''], { args }) => documentSpark(x, args),
  },
  edges: [
    {
      types: [json, text],
      result: json,
      rows: [
        { in: [doc, '$.a.b[5]'], out: '{"c":"é😀"}' },
        { in: [doc, '$.i'], out: '-7' },
        { in: [doc, '$.n'], out: 'null' },
        { in: [doc, '$.none'], out: null },
        { in: [doc, '$.a.b[6]'], out: null },
        { in: [doc, '$.a."d e"'], out: '"q"' },
        { in: ['[]', '$'], out: '[]' },
        { in: ['[null]', '$[0]'], out: 'null' },
        { in: ['{"a":"{\\"b\\":null}"}', '$.a.b'], out: null },
        { in: ['{"$.a":1}', '$."$.a"'], out: '1' },
        { in: [null, '$.a'], out: null },
      ],
    },
  ],
})
