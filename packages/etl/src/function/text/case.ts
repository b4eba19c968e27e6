import { type LogicalType, text } from '../../plan/type.ts'
import { defineFunction } from '../contract.ts'

const toText = (): LogicalType => text
const params = [{ name: 'x', accepts: ['text'] }] as const

const upperLetters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const lowerLetters = upperLetters.toLowerCase()

// The engine's own lower() follows Unicode, and each engine another version of it; on plain ASCII all agree, and it is
// fifty times quicker there than translate().
const duckdbCase = (x: string, name: 'lower' | 'upper'): string => {
  const [from, to] = name === 'lower' ? [upperLetters, lowerLetters] : [lowerLetters, upperLetters]
  return `CASE WHEN strlen(${x}) = length(${x}) THEN ${name}(${x}) ELSE translate(${x}, '${from}', '${to}') END`
}
const duckdbLower = (x: string): string => `(${duckdbCase(x, 'lower')})`
const duckdbUpper = (x: string): string => `(${duckdbCase(x, 'upper')})`
const postgresLower = (x: string): string => `lower(${x} COLLATE "C")`
const postgresUpper = (x: string): string => `upper(${x} COLLATE "C")`

const sparkCase = (x: string, name: 'lower' | 'upper'): string => {
  const [from, to] = name === 'lower' ? [upperLetters, lowerLetters] : [lowerLetters, upperLetters]
  return `(CASE WHEN octet_length(${x}) = length(${x}) THEN ${name}(${x}) ELSE translate(${x}, '${from}', '${to}') END)`
}
const sparkLower = (x: string): string => sparkCase(x, 'lower')
const sparkUpper = (x: string): string => sparkCase(x, 'upper')

const asciiRule =
  'Only the letters A to Z of ASCII change, every other character stays as it is: what else has a case, and which, ' +
  'depends on the engine, its version and its locale.'

/** `lower(x)`. */
export const lower = defineFunction({
  name: 'lower',
  kind: 'scalar',
  family: 'text',
  meaning: `The text in lower case. ${asciiRule}`,
  params,
  returns: 'text',
  type: toText,
  nulls: 'strict',
  print: {
    duckdb: ([x = '']) => duckdbLower(x),
    postgres: ([x = '']) => postgresLower(x),
    spark: ([x = '']) => sparkLower(x),
  },
  edges: [
    {
      types: [text],
      result: text,
      rows: [
        { in: ['Hello World 1'], out: 'hello world 1' },
        { in: ['ABCXYZ'], out: 'abcxyz' },
        { in: ['ÉCOLE Z'], out: 'École z' },
        { in: ['İSTANBUL'], out: 'İstanbul' },
        { in: ['STRASSE ẞ'], out: 'strasse ẞ' },
        { in: ['É'], out: 'É' },
        { in: ['😀A'], out: '😀a' },
        { in: ['Σ'], out: 'Σ' },
        { in: [''], out: '' },
        { in: [null], out: null },
      ],
    },
  ],
})

/** `upper(x)`. */
export const upper = defineFunction({
  name: 'upper',
  kind: 'scalar',
  family: 'text',
  meaning: `The text in upper case. ${asciiRule}`,
  params,
  returns: 'text',
  type: toText,
  nulls: 'strict',
  print: {
    duckdb: ([x = '']) => duckdbUpper(x),
    postgres: ([x = '']) => postgresUpper(x),
    spark: ([x = '']) => sparkUpper(x),
  },
  edges: [
    {
      types: [text],
      result: text,
      rows: [
        { in: ['Hello world 1'], out: 'HELLO WORLD 1' },
        { in: ['abcxyz'], out: 'ABCXYZ' },
        { in: ['école z'], out: 'éCOLE Z' },
        { in: ['straße'], out: 'STRAßE' },
        { in: ['ﬁn'], out: 'ﬁN' },
        { in: ['e\u0301'], out: 'E\u0301' },
        { in: ['😀a'], out: '😀A' },
        { in: ['ı'], out: 'ı' },
        { in: [''], out: '' },
        { in: [null], out: null },
      ],
    },
  ],
})

/** `capitalize(x)`. */
export const capitalize = defineFunction({
  name: 'capitalize',
  kind: 'scalar',
  family: 'text',
  meaning: `The first character in upper case, the rest in lower case. ${asciiRule}`,
  params,
  returns: 'text',
  type: toText,
  nulls: 'strict',
  print: {
    duckdb: ([x = '']) => `(${duckdbUpper(`substring(${x}, 1, 1)`)} || ${duckdbLower(`substring(${x}, 2)`)})`,
    postgres: ([x = '']) => `(${postgresUpper(`left(${x}, 1)`)} || ${postgresLower(`substr(${x}, 2)`)})`,
    spark: ([x = '']) =>
      `concat(${sparkUpper(`substring(${x}, 1, 1)`)}, ${sparkLower(`substring(${x}, 2)`)})`,
  },
  edges: [
    {
      types: [text],
      result: text,
      rows: [
        { in: ['hELLO wORLD'], out: 'Hello world' },
        { in: ['a'], out: 'A' },
        { in: ['éCOLE'], out: 'école' },
        { in: [' abc'], out: ' abc' },
        { in: ['1A'], out: '1a' },
        { in: ['😀ABC'], out: '😀abc' },
        { in: ['e\u0301A'], out: 'E\u0301a' },
        { in: [''], out: '' },
        { in: [null], out: null },
      ],
    },
  ],
})

/** `proper(x)`. */
export const proper = defineFunction({
  name: 'proper',
  kind: 'scalar',
  family: 'text',
  meaning: `Each word with its first character in upper case and the rest in lower case; spaces part words, nothing else does. ${asciiRule}`,
  params,
  returns: 'text',
  type: toText,
  nulls: 'strict',
  print: {
    duckdb: ([x = '']) =>
      `array_to_string(list_transform(string_split(${x}, ' '), lambda w: ${duckdbUpper('substring(w, 1, 1)')} || ${duckdbLower('substring(w, 2)')}), ' ')`,
    postgres: ([x = '']) =>
      `(SELECT CASE WHEN s.x IS NOT NULL THEN array_to_string(ARRAY(SELECT ${postgresUpper('left(w, 1)')} || ${postgresLower('substr(w, 2)')} FROM unnest(string_to_array(s.x, ' ')) WITH ORDINALITY AS u(w, n) ORDER BY n), ' ') END FROM (SELECT ${x} AS x) AS s)`,
    spark: ([x = '']) =>
      `array_join(transform(split(${x}, ' '), w -> concat(${sparkUpper('substring(w, 1, 1)')}, ${sparkLower('substring(w, 2)')})), ' ')`,
  },
  edges: [
    {
      types: [text],
      result: text,
      rows: [
        { in: ['hELLO wORLD'], out: 'Hello World' },
        { in: ["o'neil mary-jane"], out: "O'neil Mary-jane" },
        { in: ['  two  spaces '], out: '  Two  Spaces ' },
        { in: ['tab\tinside'], out: 'Tab\tinside' },
        { in: ['éCOLE ÉTUDE'], out: 'école Étude' },
        { in: ['😀a b'], out: '😀a B' },
        { in: [' '], out: ' ' },
        { in: [''], out: '' },
        { in: [null], out: null },
      ],
    },
  ],
})
