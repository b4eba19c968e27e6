import { bool, int64, json, list, type LogicalType, text } from '../../plan/type.ts'
import { type ArgInfo, defineFunction } from '../contract.ts'
import { duckdbPath, pathOf, postgresAt } from './path.ts'
import { boundSpark, documentSpark, memberSpark, shownSpark, writtenSpark } from './path-spark.ts'
import { elementsSpark, leftTrimmedSpark } from './scalar-spark.ts'
import { textDuckdb, textPostgres } from './scalar.ts'

const params = [
  { name: 'x', accepts: ['json'] },
  { name: 'path', accepts: ['text'], constant: true, optional: true },
] as const

const typed =
  (type: LogicalType) =>
  (args: readonly ArgInfo[]): LogicalType | string => {
    const path = pathOf(args)
    return typeof path === 'string' ? path : type
  }

const at = 'at the constant path (the whole document without one)'

/** `json_type(x)`, `json_type(x, '$.a')`. */
export const jsonType = defineFunction({
  name: 'json_type',
  kind: 'scalar',
  family: 'json',
  meaning: `What is ${at}: object, array, string, number, boolean or null; NULL when nothing is there.`,
  params,
  returns: 'text',
  type: typed(text),
  nulls: 'always',
  print: {
    duckdb: ([x], { args }) => {
      const type = `json_type(${x}, ${duckdbPath(args)})`
      return `(CASE ${type} WHEN 'OBJECT' THEN 'object' WHEN 'ARRAY' THEN 'array' WHEN 'VARCHAR' THEN 'string' WHEN 'BOOLEAN' THEN 'boolean' WHEN 'NULL' THEN 'null' ELSE CASE WHEN ${type} IS NOT NULL THEN 'number' END END)`
    },
    postgres: ([x = ''], { args }) => `jsonb_typeof(${postgresAt(x, args)})`,
    spark: ([x = ''], { args }) =>
      boundSpark(
        documentSpark(x, args),
        'j',
        (j) =>
          `CASE left(${leftTrimmedSpark(j)}, 1) WHEN '{' THEN 'object' WHEN '[' THEN 'array' WHEN '"' THEN 'string' WHEN 't' THEN 'boolean' WHEN 'f' THEN 'boolean' WHEN 'n' THEN 'null' ELSE CASE WHEN ${j} IS NOT NULL THEN 'number' END END`,
      ),
  },
  edges: [
    {
      types: [json, text],
      result: text,
      rows: [
        { in: ['{"a":{}}', '$.a'], out: 'object' },
        { in: ['{"a":[]}', '$.a'], out: 'array' },
        { in: ['{"a":""}', '$.a'], out: 'string' },
        { in: ['{"a":12345678901234567890123}', '$.a'], out: 'number' },
        { in: ['{"a":-1.5}', '$.a'], out: 'number' },
        { in: ['{"a":false}', '$.a'], out: 'boolean' },
        { in: ['{"a":null}', '$.a'], out: 'null' },
        { in: ['{"a":null}', '$.b'], out: null },
        { in: [null, '$.a'], out: null },
      ],
    },
    { types: [json], result: text, rows: [{ in: ['[1]'], out: 'array' }] },
  ],
})

/** `json_exists(x, '$.a')`. */
export const jsonExists = defineFunction({
  name: 'json_exists',
  kind: 'scalar',
  family: 'json',
  meaning: 'True when something, be it null, is at the constant path.',
  params: [params[0], { name: 'path', accepts: ['text'], constant: true }],
  returns: 'bool',
  type: typed(bool),
  nulls: 'strict',
  print: {
    duckdb: ([x], { args }) => `(CASE WHEN ${x} IS NOT NULL THEN json_exists(${x}, ${duckdbPath(args)}) END)`,
    postgres: ([x = ''], { args }) =>
      `(CASE WHEN ${x} IS NOT NULL THEN ${postgresAt(x, args)} IS NOT NULL END)`,
    spark: ([x = ''], { args }) =>
      `(CASE WHEN ${x} IS NOT NULL THEN ${shownSpark(x, args)} IS NOT NULL OR COALESCE(${memberSpark(x, args)}, FALSE) END)`,
  },
  edges: [
    {
      types: [json, text],
      result: bool,
      rows: [
        { in: ['{"a":1}', '$.a'], out: true },
        { in: ['{"a":null}', '$.a'], out: true },
        { in: ['{"a":1}', '$.b'], out: false },
        { in: ['{"a":[1]}', '$.a[0]'], out: true },
        { in: ['{"a":[1]}', '$.a[1]'], out: false },
        { in: ['{"é":{"x y":1}}', '$."é"."x y"'], out: true },
        { in: ['1', '$'], out: true },
        { in: ['null', '$'], out: true },
        { in: ['{"a":"{\\"b\\":null}"}', '$.a.b'], out: false },
        { in: ['1', '$.a'], out: false },
        { in: [null, '$.a'], out: null },
      ],
    },
  ],
})

/** `json_array_length(x)`, `json_array_length(x, '$.a')`. */
export const jsonArrayLength = defineFunction({
  name: 'json_array_length',
  kind: 'scalar',
  family: 'json',
  meaning: `The number of elements of the array ${at}; NULL when no array is there.`,
  params,
  returns: 'int64',
  type: typed(int64),
  nulls: 'always',
  print: {
    duckdb: ([x], { args }) =>
      `(CASE WHEN json_type(${x}, ${duckdbPath(args)}) = 'ARRAY' THEN CAST(json_array_length(${x}, ${duckdbPath(args)}) AS BIGINT) END)`,
    postgres: ([x = ''], { args }) =>
      `(CASE WHEN jsonb_typeof(${postgresAt(x, args)}) = 'array' THEN jsonb_array_length(${postgresAt(x, args)})::bigint END)`,
    spark: ([x = ''], { args }) => `CAST(json_array_length(${writtenSpark(x, args)}) AS BIGINT)`,
  },
  edges: [
    {
      types: [json, text],
      result: int64,
      rows: [
        { in: ['{"a":[1,[2,3],null]}', '$.a'], out: '3' },
        { in: ['{"a":[]}', '$.a'], out: '0' },
        { in: ['{"a":{"b":1}}', '$.a'], out: null },
        { in: ['{"a":"[]"}', '$.a'], out: null },
        { in: ['{"a":null}', '$.a'], out: null },
        { in: ['{}', '$.a'], out: null },
        { in: ['[["é","😀"]]', '$[0]'], out: '2' },
        { in: [null, '$.a'], out: null },
      ],
    },
    { types: [json], result: int64, rows: [{ in: ['[1]'], out: '1' }] },
  ],
})

/** `json_keys(x)`, `json_keys(x, '$.a')`. */
export const jsonKeys = defineFunction({
  name: 'json_keys',
  kind: 'scalar',
  family: 'json',
  meaning: `The names of the members of the object ${at}, each once, in the order of their code points; NULL when no object is there.`,
  params,
  returns: 'list',
  type: typed(list(text)),
  nulls: 'always',
  print: {
    duckdb: ([x], { args }) =>
      `(CASE WHEN json_type(${x}, ${duckdbPath(args)}) = 'OBJECT' THEN list_sort(list_distinct(json_keys(${x}, ${duckdbPath(args)}))) END)`,
    postgres: ([x = ''], { args }) =>
      `(CASE WHEN jsonb_typeof(${postgresAt(x, args)}) = 'object' THEN ARRAY(SELECT k FROM jsonb_object_keys(${postgresAt(x, args)}) AS r(k) ORDER BY k COLLATE "C") END)`,
    spark: ([x = ''], { args }) => `array_sort(array_distinct(json_object_keys(${writtenSpark(x, args)})))`,
  },
  edges: [
    {
      types: [json, text],
      result: list(text),
      rows: [
        { in: ['{"a":{"b":1,"a":{"z":0},"B":2}}', '$.a'], out: ['B', 'a', 'b'] },
        { in: ['{"a":{"é":1,"z":2,"😀":3,"ab":4}}', '$.a'], out: ['ab', 'z', 'é', '😀'] },
        { in: ['{"a":{"b":1,"b":2}}', '$.a'], out: ['b'] },
        { in: ['{"a":{}}', '$.a'], out: [] },
        { in: ['{"a":{"":1}}', '$.a'], out: [''] },
        { in: ['{"a":[1]}', '$.a'], out: null },
        { in: ['{}', '$.a'], out: null },
        { in: [null, '$.a'], out: null },
      ],
    },
    { types: [json], result: list(text), rows: [{ in: ['{"k":null}'], out: ['k'] }] },
  ],
})

/** `json_list(x)`, `json_list(x, '$.tags')`. */
export const jsonList = defineFunction({
  name: 'json_list',
  kind: 'scalar',
  family: 'json',
  meaning: `The elements of the array ${at} as texts, each as json_text gives it (NULL for null, objects and arrays); NULL when no array is there.`,
  params,
  returns: 'list',
  type: typed(list(text)),
  nulls: 'always',
  print: {
    duckdb: ([x], { args }) =>
      `(CASE WHEN json_type(${x}, ${duckdbPath(args)}) = 'ARRAY' THEN list_transform(CAST(json_extract(${x}, ${duckdbPath(args).slice(0, -1)}[*]') AS JSON[]), lambda v: ${textDuckdb('v', "'$'")}) END)`,
    postgres: ([x = ''], { args }) =>
      `(CASE WHEN jsonb_typeof(${postgresAt(x, args)}) = 'array' THEN ARRAY(SELECT ${textPostgres('v')} FROM jsonb_array_elements(${postgresAt(x, args)}) WITH ORDINALITY AS r(v, n) ORDER BY n) END)`,
    spark: ([x = ''], { args }) => boundSpark(documentSpark(x, args), 'j', elementsSpark),
  },
  edges: [
    {
      types: [json, text],
      result: list(text),
      rows: [
        { in: ['{"a":["x","",null,1,2.50,true]}', '$.a'], out: ['x', '', null, '1', '2.5', 'true'] },
        { in: ['{"a":[{"b":1},[2],"[3]"]}', '$.a'], out: [null, null, '[3]'] },
        { in: ['{"a":["é","😀","\\n\\u0041"]}', '$.a'], out: ['é', '😀', '\nA'] },
        { in: ['{"a":[12345678901234567890123]}', '$.a'], out: ['12345678901234567890123'] },
        {
          in: ['{"a":["\\"q\\"","\\\\","a\\\\\\"b","s",{"s":"\\""},"null"]}', '$.a'],
          out: ['"q"', '\\', 'a\\"b', 's', null, 'null'],
        },
        { in: ['{"a":[]}', '$.a'], out: [] },
        { in: ['{"a":{"b":1}}', '$.a'], out: null },
        { in: ['{}', '$.a'], out: null },
        { in: [null, '$.a'], out: null },
      ],
    },
    {
      types: [json],
      result: list(text),
      rows: [
        { in: ['["k"]'], out: ['k'] },
        { in: [' [ "k" , 2.0 ] '], out: ['k', '2'] },
      ],
    },
  ],
})
