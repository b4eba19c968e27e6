import {
  field,
  int64,
  list,
  type LogicalType,
  map,
  sameType,
  struct,
  text,
  typeName,
} from '../../plan/type.ts'
import { constantText, constantTexts } from '../constant.ts'
import { anyKinds, type ArgInfo, comparableKinds, defineFunction, never } from '../contract.ts'
import { quoteName, quoteSparkName, quoteSparkText } from '../dialect.ts'

const noStruct = never('PostgreSQL has no struct types without a name in its catalog')
const noMap = never('PostgreSQL has no map type')

const money = struct([field('amount', int64), field('currency', text)])
const moneyNames = ['amount', 'currency']

/** Finds the member by its exact name; DuckDB itself would ignore the case. */
const memberOf = ([x, name]: readonly ArgInfo[]): LogicalType | string => {
  const wanted = constantText(name)
  const fields = x?.type.kind === 'struct' ? x.type.fields : []
  const found = fields.find((f) => f.name === wanted)
  return found?.type ?? `there is no field "${wanted}" in ${x === undefined ? 'it' : typeName(x.type)}`
}

/** `struct_field(x, 'name')`. */
export const structField = defineFunction({
  name: 'struct_field',
  kind: 'scalar',
  family: 'nested',
  meaning: 'The field of that constant name; NULL when the struct is NULL.',
  params: [
    { name: 'x', accepts: ['struct'] },
    { name: 'name', accepts: ['text'], constant: true },
  ],
  returns: 'any',
  type: memberOf,
  nulls: 'always',
  print: {
    duckdb: ([x, name]) => `struct_extract(${x}, ${name})`,
    postgres: noStruct,
    spark: ([x], { args }) => `(${x}).${quoteSparkName(constantText(args[1]) ?? '')}`,
  },
  edges: [
    {
      types: [money, text],
      result: int64,
      rows: [
        { in: [{ amount: '7', currency: 'EUR' }, 'amount'], out: '7' },
        { in: [{ amount: '-9223372036854775808', currency: '' }, 'amount'], out: '-9223372036854775808' },
        { in: [{ amount: null, currency: 'EUR' }, 'amount'], out: null },
        { in: [null, 'amount'], out: null },
      ],
    },
    {
      types: [money, text],
      result: text,
      rows: [
        { in: [{ amount: '7', currency: 'é😀' }, 'currency'], out: 'é😀' },
        { in: [{ amount: '7', currency: '' }, 'currency'], out: '' },
        { in: [{ amount: '7', currency: null }, 'currency'], out: null },
        { in: [null, 'currency'], out: null },
      ],
    },
  ],
})

const makeType = ([first, ...values]: readonly ArgInfo[]): LogicalType | string => {
  const names = constantTexts(first)
  if (names === undefined || names.some((n) => n === ''))
    return 'make_struct: the names must be texts, none of them empty'
  if (new Set(names.map((n) => n.toLowerCase())).size !== names.length)
    return 'make_struct: two fields have the same name'
  if (names.length !== values.length)
    return `make_struct: there are ${names.length} names for ${values.length} values`
  return struct(
    names.flatMap((name, i) => {
      const value = values[i]
      return value === undefined ? [] : [field(name, value.type, value.nullable)]
    }),
  )
}

/** `make_struct(['name', ...], value, ...)`. */
export const makeStruct = defineFunction({
  name: 'make_struct',
  kind: 'scalar',
  family: 'nested',
  meaning: 'A struct of the values under the constant names, one for each; never NULL itself.',
  params: [
    { name: 'names', accepts: ['list'], constant: true },
    { name: 'value', accepts: anyKinds, variadic: true },
  ],
  returns: 'struct',
  type: makeType,
  nulls: 'never',
  print: {
    duckdb: ([, ...values], { args }) => {
      const names = constantTexts(args[0]) ?? []
      return `struct_pack(${values.map((value, i) => `${quoteName(names[i] ?? '')} := ${value}`).join(', ')})`
    },
    postgres: noStruct,
    spark: ([, ...values], { args }) => {
      const names = constantTexts(args[0]) ?? []
      return `named_struct(${values.map((value, i) => `${quoteSparkText(names[i] ?? '')}, ${value}`).join(', ')})`
    },
  },
  edges: [
    {
      types: [list(text), int64, text],
      result: money,
      rows: [
        { in: [moneyNames, '7', 'EUR'], out: { amount: '7', currency: 'EUR' } },
        { in: [moneyNames, '0', ''], out: { amount: '0', currency: '' } },
        { in: [moneyNames, null, 'EUR'], out: { amount: null, currency: 'EUR' } },
        { in: [moneyNames, null, null], out: { amount: null, currency: null } },
        { in: [moneyNames, '-1', 'é'], out: { amount: '-1', currency: 'é' } },
        { in: [moneyNames, '1', '😀'], out: { amount: '1', currency: '😀' } },
        {
          in: [moneyNames, '9223372036854775807', '"'],
          out: { amount: '9223372036854775807', currency: '"' },
        },
      ],
    },
    {
      types: [list(text), text],
      result: struct([field('a "b" é', text)]),
      rows: [{ in: [['a "b" é'], 'x'], out: { 'a "b" é': 'x' } }],
    },
  ],
})

const scores = map(text, int64)
const mapParam = { name: 'x', accepts: ['map'] } as const

/** `map_get(x, key)`. */
export const mapGet = defineFunction({
  name: 'map_get',
  kind: 'scalar',
  family: 'nested',
  meaning: 'The value under the key; NULL when the map does not have it.',
  params: [mapParam, { name: 'key', accepts: comparableKinds }],
  returns: 'any',
  type: ([x, key]) => {
    if (x?.type.kind !== 'map') return 'map_get takes a map'
    if (key === undefined || !sameType(key.type, x.type.key)) return `the keys are ${typeName(x.type.key)}`
    return x.type.value
  },
  nulls: 'always',
  print: {
    duckdb: ([x, key]) => `map_extract_value(${x}, ${key})`,
    postgres: noMap,
    spark: ([x, key]) => `try_element_at(${x}, ${key})`,
  },
  edges: [
    {
      types: [scores, text],
      result: int64,
      rows: [
        {
          in: [
            [
              ['a', '1'],
              ['b', '2'],
            ],
            'b',
          ],
          out: '2',
        },
        {
          in: [
            [
              ['a', '1'],
              ['b', '2'],
            ],
            'B',
          ],
          out: null,
        },
        { in: [[['a', null]], 'a'], out: null },
        { in: [[['é', '1']], 'e\u0301'], out: null },
        { in: [[['😀', '1']], '😀'], out: '1' },
        { in: [[['', '1']], ''], out: '1' },
        { in: [[], 'a'], out: null },
        { in: [null, 'a'], out: null },
        { in: [[['a', '1']], null], out: null },
      ],
    },
  ],
})

/** `map_keys(x)`. */
export const mapKeys = defineFunction({
  name: 'map_keys',
  kind: 'scalar',
  family: 'nested',
  meaning: 'The keys of the map in its order.',
  params: [mapParam],
  returns: 'list',
  type: ([x]) => (x?.type.kind === 'map' ? list(x.type.key) : 'map_keys takes a map'),
  nulls: 'strict',
  print: { duckdb: ([x]) => `map_keys(${x})`, postgres: noMap, spark: ([x]) => `map_keys(${x})` },
  edges: [
    {
      types: [scores],
      result: list(text),
      rows: [
        {
          in: [
            [
              ['b', '1'],
              ['a', '2'],
            ],
          ],
          out: ['b', 'a'],
        },
        { in: [[['a', null]]], out: ['a'] },
        { in: [[['', '1']]], out: [''] },
        {
          in: [
            [
              ['é', '1'],
              ['e\u0301', '2'],
            ],
          ],
          out: ['é', 'e\u0301'],
        },
        { in: [[['😀', '1']]], out: ['😀'] },
        {
          in: [
            [
              ['B', '1'],
              ['b', '2'],
            ],
          ],
          out: ['B', 'b'],
        },
        { in: [[]], out: [] },
        { in: [null], out: null },
      ],
    },
  ],
})
