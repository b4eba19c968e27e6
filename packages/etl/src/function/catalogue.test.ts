import { describe, expect, it } from 'vitest'
import { catalogue, findFunction } from './catalogue.ts'
import type { FunctionDefinition } from './contract.ts'

const entries: readonly (readonly [string, FunctionDefinition])[] = Object.entries(catalogue)

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

  it('finds nothing under another name', () => {
    expect(findFunction('no_such_function')).toBeUndefined()
    expect(findFunction('isNull')).toBeUndefined()
  })
})
