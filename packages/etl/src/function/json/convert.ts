import { bool, date, int64, json, list, type LogicalType, text, typeName, uuid } from '../../plan/type.ts'
import { type ArgInfo, defineFunction, notYet } from '../contract.ts'
import { isJsonSpark } from './valid-spark.ts'

// DuckDB's own test lets a comma before a closing bracket and NaN or Infinity pass; outside of texts neither occurs in JSON.
const lenient = String.raw`,[ \t\r\n]*[\]}]|(?i:nan|inf)`
const strictDuckdb = (x: string): string => {
  const bare = `regexp_replace(${x}, '"(?:[^"\\\\]|\\\\.)*"', '""', 'g')`
  return `json_valid(${x}) AND (NOT regexp_matches(${x}, '${lenient}') OR NOT regexp_matches(${bare}, '${lenient}'))`
}

/** `parse_json(x)`. */
export const parseJson = defineFunction({
  name: 'parse_json',
  kind: 'scalar',
  family: 'json',
  meaning:
    'The text as a JSON document (RFC 8259), kept as it is written; NULL when it is none. Single quotes, trailing commas, comments, NaN and Infinity are not JSON.',
  params: [{ name: 'x', accepts: ['text'] }],
  returns: 'json',
  type: () => json,
  nulls: 'always',
  print: {
    duckdb: ([x = '']) => `(CASE WHEN ${strictDuckdb(x)} THEN CAST(${x} AS JSON) END)`,
    postgres: notYet('PostgreSQL 15 cannot tell whether a text is JSON without failing; 16 can'),
    spark: ([x = '']) => `(CASE WHEN ${isJsonSpark(x)} THEN ${x} END)`,
  },
  edges: [
    {
      types: [text],
      result: json,
      rows: [
        { in: ['{"a": [1, 2.5e3, "x,]"]}'], out: '{"a": [1, 2.5e3, "x,]"]}' },
        { in: [' null '], out: ' null ' },
        { in: ['"é😀\\u00e9"'], out: '"é😀\\u00e9"' },
        { in: ['12345678901234567890123'], out: '12345678901234567890123' },
        { in: ['"\\ud83d\\ude00\\\\ud800"'], out: '"\\ud83d\\ude00\\\\ud800"' },
        { in: ['"\\ud83d"'], out: null },
        { in: ['"\\ude00"'], out: null },
        { in: ['1],[2'], out: null },
        { in: ['1,2'], out: null },
        { in: ['{"a":1,}'], out: null },
        { in: ['[1, ]'], out: null },
        { in: ['NaN'], out: null },
        { in: ['[-Infinity]'], out: null },
        { in: ['["NaN, inf,]", "\\",]"]'], out: '["NaN, inf,]", "\\",]"]' },
        { in: ["{'a':1}"], out: null },
        { in: ['{"a":1} x'], out: null },
        { in: ['{"a":'], out: null },
        { in: ['01'], out: null },
        { in: ['// c\n1'], out: null },
        { in: [''], out: null },
        { in: [' '], out: null },
        { in: [null], out: null },
      ],
    },
  ],
})

/** Whether a value holds what Spark's own `to_json` would not write as it is meant. */
const isWrittenHere = (type: LogicalType): boolean =>
  type.kind === 'list' ? isWrittenHere(type.element) : type.kind === 'json' || type.kind === 'date'

/** Prints a value as JSON for Spark, which keeps JSON as text and writes only lists, structs and maps. */
function writtenSpark(x: string, type: LogicalType, depth = 0): string {
  switch (type.kind) {
    case 'json':
      return x
    case 'date':
      return `concat('"', CAST(${x} AS STRING), '"')`
    case 'text':
    case 'uuid':
      return `(CASE WHEN ${x} IS NOT NULL THEN trim(BOTH '[]' FROM to_json(array(${x}))) END)`
    case 'list': {
      if (!isWrittenHere(type)) return `to_json(${x})`
      const element = `e${depth}`
      const item = writtenSpark(element, type.element, depth + 1)
      return `concat('[', array_join(transform(${x}, ${element} -> COALESCE(${item}, 'null')), ','), ']')`
    }
    default:
      return `CAST(${x} AS STRING)`
  }
}

/** Finds a type inside that engines write differently. */
function unwritable(type: LogicalType): string | undefined {
  switch (type.kind) {
    case 'list':
      return unwritable(type.element)
    case 'decimal':
    case 'float64':
    case 'timestamp':
    case 'time':
    case 'bytes':
    case 'map':
    case 'struct':
      return `to_json does not take ${typeName(type)}: engines write it differently; convert it with to_text first`
    default:
      return undefined
  }
}

/** `to_json(x)`. */
export const toJson = defineFunction({
  name: 'to_json',
  kind: 'scalar',
  family: 'json',
  meaning:
    'The value as a JSON document: texts, dates and uuids as JSON texts, integers as numbers, lists as arrays with NULL as null.',
  params: [
    {
      name: 'x',
      accepts: ['bool', 'int8', 'int16', 'int32', 'int64', 'uint64', 'text', 'date', 'uuid', 'json', 'list'],
    },
  ],
  returns: 'json',
  type: ([x]: readonly ArgInfo[]) => (x === undefined ? json : (unwritable(x.type) ?? json)),
  nulls: 'strict',
  print: {
    duckdb: ([x]) => `to_json(${x})`,
    postgres: ([x]) => `to_jsonb(${x})`,
    spark: ([x = ''], { args }) => writtenSpark(x, args[0]?.type ?? text),
  },
  edges: [
    {
      types: [text],
      result: json,
      rows: [
        { in: ['é"\\\n😀'], out: '"é\\"\\\\\\n😀"' },
        { in: [''], out: '""' },
        { in: [null], out: null },
      ],
    },
    {
      types: [int64],
      result: json,
      rows: [
        { in: ['-7'], out: '-7' },
        { in: ['0'], out: '0' },
      ],
    },
    { types: [bool], result: json, rows: [{ in: [true], out: 'true' }] },
    {
      types: [list(text)],
      result: json,
      rows: [
        { in: [['a', null, '']], out: '["a",null,""]' },
        { in: [[]], out: '[]' },
        { in: [null], out: null },
      ],
    },
    { types: [json], result: json, rows: [{ in: ['{"a":[1]}'], out: '{"a":[1]}' }] },
    { types: [list(json)], result: json, rows: [{ in: [['{"a":"b"}', null]], out: '[{"a":"b"},null]' }] },
    {
      types: [list(int64)],
      result: json,
      rows: [{ in: [['9007199254740993', null]], out: '[9007199254740993,null]' }],
    },
    {
      types: [uuid],
      result: json,
      rows: [{ in: ['550e8400-e29b-41d4-a716-446655440000'], out: '"550e8400-e29b-41d4-a716-446655440000"' }],
    },
    { types: [date], result: json, rows: [{ in: ['0001-01-31'], out: '"0001-01-31"' }] },
  ],
})
