import { bool, int64, text } from '../../plan/type.ts'
import { defineFunction } from '../contract.ts'
import { isName } from '../dialect.ts'

const pair = (second: string) =>
  [
    { name: 'x', accepts: ['text'] },
    { name: second, accepts: ['text'] },
  ] as const

/** `starts_with(x, prefix)`. */
export const startsWith = defineFunction({
  name: 'starts_with',
  kind: 'scalar',
  family: 'text',
  meaning:
    'True when the text begins with the prefix, character by character; every text begins with the empty prefix.',
  params: pair('prefix'),
  returns: 'bool',
  type: () => bool,
  nulls: 'strict',
  print: {
    duckdb: ([x, p]) => `starts_with(${x}, ${p})`,
    postgres: ([x, p]) => `starts_with(${x}, ${p})`,
    spark: ([x, p]) => `startswith(${x}, ${p})`,
  },
  edges: [
    {
      types: [text, text],
      result: bool,
      rows: [
        { in: ['hello', 'he'], out: true },
        { in: ['hello', 'He'], out: false },
        { in: ['hello', ''], out: true },
        { in: ['', ''], out: true },
        { in: ['', 'a'], out: false },
        { in: ['he', 'hello'], out: false },
        { in: ['e\u0301', 'e'], out: true },
        { in: ['é', 'e'], out: false },
        { in: ['😀a', '😀'], out: true },
        { in: [null, 'a'], out: null },
        { in: ['a', null], out: null },
      ],
    },
  ],
})

/** `ends_with(x, suffix)`. */
export const endsWith = defineFunction({
  name: 'ends_with',
  kind: 'scalar',
  family: 'text',
  meaning:
    'True when the text ends with the suffix, character by character; every text ends with the empty suffix.',
  params: pair('suffix'),
  returns: 'bool',
  type: () => bool,
  nulls: 'strict',
  print: {
    duckdb: ([x, s]) => `ends_with(${x}, ${s})`,
    postgres: ([x, s]) => `(right(${x}, length(${s})) = ${s})`,
    spark: ([x, s]) => `endswith(${x}, ${s})`,
  },
  edges: [
    {
      types: [text, text],
      result: bool,
      rows: [
        { in: ['hello', 'lo'], out: true },
        { in: ['hello', 'LO'], out: false },
        { in: ['hello', ''], out: true },
        { in: ['', ''], out: true },
        { in: ['', 'a'], out: false },
        { in: ['lo', 'hello'], out: false },
        { in: ['xe\u0301', '\u0301'], out: true },
        { in: ['a😀', '😀'], out: true },
        { in: ['a\n', 'a'], out: false },
        { in: [null, 'a'], out: null },
        { in: ['a', null], out: null },
      ],
    },
  ],
})

/** `contains(x, part)`. */
export const contains = defineFunction({
  name: 'contains',
  kind: 'scalar',
  family: 'text',
  meaning:
    'True when the part occurs in the text, character by character; the empty part occurs in every text.',
  params: pair('part'),
  returns: 'bool',
  type: () => bool,
  nulls: 'strict',
  print: {
    duckdb: ([x, p]) => `contains(${x}, ${p})`,
    postgres: ([x, p]) => `(strpos(${x}, ${p}) > 0)`,
    spark: ([x, p]) => `contains(${x}, ${p})`,
  },
  edges: [
    {
      types: [text, text],
      result: bool,
      rows: [
        { in: ['hello', 'ell'], out: true },
        { in: ['hello', 'ELL'], out: false },
        { in: ['hello', ''], out: true },
        { in: ['', ''], out: true },
        { in: ['', 'a'], out: false },
        { in: ['a%b', '%'], out: true },
        { in: ['ab', '_'], out: false },
        { in: ['a😀é', '😀é'], out: true },
        { in: ['é', 'e\u0301'], out: false },
        { in: [null, 'a'], out: null },
        { in: ['a', null], out: null },
      ],
    },
  ],
})

/** `position(x, part)`. */
export const position = defineFunction({
  name: 'position',
  kind: 'scalar',
  family: 'text',
  meaning:
    'The position of the first occurrence of the part, counted in code points from 1; 0 when there is none. The empty part is at 1.',
  params: pair('part'),
  returns: 'int64',
  type: () => int64,
  nulls: 'strict',
  print: {
    duckdb: ([x, p]) => `strpos(${x}, ${p})`,
    postgres: ([x, p]) => `strpos(${x}, ${p})::bigint`,
    spark: ([x, p]) => `CAST(instr(${x}, ${p}) AS BIGINT)`,
  },
  edges: [
    {
      types: [text, text],
      result: int64,
      rows: [
        { in: ['hello', 'l'], out: '3' },
        { in: ['hello', 'x'], out: '0' },
        { in: ['hello', ''], out: '1' },
        { in: ['', ''], out: '1' },
        { in: ['', 'a'], out: '0' },
        { in: ['😀éa', 'a'], out: '3' },
        { in: ['e\u0301a', 'a'], out: '3' },
        { in: ['aXx', 'x'], out: '3' },
        { in: [null, 'a'], out: null },
        { in: ['a', null], out: null },
      ],
    },
  ],
})

/** `replace(x, from, to)`. */
export const replace = defineFunction({
  name: 'replace',
  kind: 'scalar',
  family: 'text',
  meaning:
    'The text with every occurrence of `from` replaced by `to`, from left to right without overlap; unchanged when `from` is empty.',
  params: [
    { name: 'x', accepts: ['text'] },
    { name: 'from', accepts: ['text'] },
    { name: 'to', accepts: ['text'] },
  ],
  returns: 'text',
  type: () => text,
  nulls: 'strict',
  print: {
    // Most texts hold nothing to replace, and looking is half the price of replacing.
    duckdb: ([x = '', from, to], { args }) =>
      isName(x) && typeof args[1]?.constant === 'string' && typeof args[2]?.constant === 'string'
        ? `(CASE WHEN contains(${x}, ${from}) THEN replace(${x}, ${from}, ${to}) ELSE ${x} END)`
        : `replace(${x}, ${from}, ${to})`,
    postgres: ([x, from, to]) => `replace(${x}, ${from}, ${to})`,
    spark: ([x, from, to]) => `replace(${x}, ${from}, ${to})`,
  },
  edges: [
    {
      types: [text, text, text],
      result: text,
      rows: [
        { in: ['a.b.c', '.', '-'], out: 'a-b-c' },
        { in: ['aaa', 'aa', 'b'], out: 'ba' },
        { in: ['abc', '', 'x'], out: 'abc' },
        { in: ['abc', 'b', ''], out: 'ac' },
        { in: ['', '', 'x'], out: '' },
        { in: ['aBb', 'b', '$1\\1&'], out: 'aB$1\\1&' },
        { in: ['😀é😀', '😀', 'e\u0301'], out: 'e\u0301ée\u0301' },
        { in: [null, 'a', 'b'], out: null },
        { in: ['a', null, 'b'], out: null },
        { in: ['a', 'b', null], out: null },
      ],
    },
  ],
})
