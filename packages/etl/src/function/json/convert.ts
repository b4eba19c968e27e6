import { bool, int64, json, list, type LogicalType, text, typeName } from '../../plan/type.ts'
import { type ArgInfo, defineFunction, notYet } from '../contract.ts'

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
  print: { duckdb: ([x]) => `to_json(${x})`, postgres: ([x]) => `to_jsonb(${x})` },
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
      ],
    },
    { types: [json], result: json, rows: [{ in: ['{"a":[1]}'], out: '{"a":[1]}' }] },
  ],
})
