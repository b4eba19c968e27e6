import { describe, expect, it } from 'vitest'
import { catalogue, findFunction } from './catalogue.ts'
import type { FunctionDefinition } from './contract.ts'
import { aggregateFunctions } from './aggregate.ts'
import { singleAggregates } from './aggregate-single.ts'
import { castFunctions } from './cast.ts'
import { compareFunctions } from './compare.ts'
import { hashFunctions } from './hash.ts'
import { jsonFunctions } from './json.ts'
import { logicFunctions } from './logic.ts'
import { moneyFunctions } from './money.ts'
import { nestedFunctions } from './nested.ts'
import { numberFunctions } from './number.ts'
import { parseFunctions } from './parse.ts'
import { quotientFunctions } from './quotient.ts'
import { regexFunctions } from './regex.ts'
import { textFunctions } from './text.ts'
import { timeFunctions } from './time.ts'
import { windowFunctions } from './window.ts'

const entries: readonly (readonly [string, FunctionDefinition])[] = Object.entries(catalogue)

const families = [
  aggregateFunctions,
  castFunctions,
  compareFunctions,
  hashFunctions,
  jsonFunctions,
  logicFunctions,
  moneyFunctions,
  quotientFunctions,
  singleAggregates,
  nestedFunctions,
  numberFunctions,
  parseFunctions,
  regexFunctions,
  textFunctions,
  timeFunctions,
  windowFunctions,
]

const snake = (camel: string): string => camel.replaceAll(/[A-Z]/g, (c) => `_${c.toLowerCase()}`)

describe('the function catalogue', () => {
  it('holds at least 80 functions, each with a name of its own', () => {
    expect(entries.length).toBeGreaterThanOrEqual(80)
    expect(new Set(entries.map(([, f]) => f.name)).size).toBe(entries.length)
  })

  it.each(entries)('%s is named alike in TypeScript and SQL, and is found', (key, f) => {
    expect(snake(key)).toBe(f.name)
    expect(findFunction(f.name)).toBe(f)
  })

  it.each(entries)('%s has at least eight edge rows and a meaning', (_key, f) => {
    expect(f.edges.reduce((n, group) => n + group.rows.length, 0)).toBeGreaterThanOrEqual(8)
    expect(f.meaning).toMatch(/\.\)?$/)
  })

  it.each(entries)('%s has edge rows that say how they end', (_key, f) => {
    for (const row of f.edges.flatMap((group) => group.rows)) {
      expect(Object.hasOwn(row, 'out') !== (row.fails === true)).toBe(true)
    }
  })

  it.each(entries)('%s keeps optional and variadic parameters at the end', (_key, f) => {
    const shape = f.params.map((p) => (p.variadic === true ? 'v' : p.optional === true ? 'o' : 'r')).join('')
    expect(shape).toMatch(/^r*(o*|v)$/)
  })

  it.each(entries)('%s runs on DuckDB', (_key, f) => {
    expect(typeof f.print.duckdb).toBe('function')
  })

  it('takes no entry twice: no family hides a function of another', () => {
    const keys = families.flatMap((family) => Object.keys(family))
    expect(keys.toSorted()).toEqual(entries.map(([key]) => key).toSorted())
  })

  it('finds nothing under another name', () => {
    expect(findFunction('no_such_function')).toBeUndefined()
    expect(findFunction('isNull')).toBeUndefined()
  })
})
