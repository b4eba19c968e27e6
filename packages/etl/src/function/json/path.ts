import { constantText } from '../constant.ts'
import type { ArgInfo } from '../contract.ts'
import { quoteText } from '../dialect.ts'

/** A constant path into a JSON document: names of members and positions in arrays, from 0. */
export type JsonPath = readonly (string | number)[]

const segment = /\.([A-Za-z_][A-Za-z0-9_]*)|\."([^"\\]+)"|\[(0|[1-9][0-9]{0,8})\]/uy

/**
 * Reads a path such as `$.order.lines[0]."unit price"`: `$` is the document; names that are no identifiers go between
 * double quotes. Returns a sentence when it is none: wildcards, filters and negative positions are not part of it.
 */
export function parseJsonPath(path: string): JsonPath | string {
  const problem = `the path "${path}" is not of the form $.name[0]."other name"`
  if (!path.startsWith('$')) return problem
  const steps: (string | number)[] = []
  const unnameable = `the path "${path}" names a member that Spark cannot: one that begins with white space, is "*", or has ' or ? together with . or [`
  segment.lastIndex = 1
  while (segment.lastIndex < path.length) {
    const found = segment.exec(path)
    if (found === null) return problem
    if (/^\s|^\*$|['?].*[.[]|[.[].*['?]/su.test(found[2] ?? '')) return unnameable
    steps.push(found[3] === undefined ? (found[1] ?? found[2] ?? '') : Number(found[3]))
  }
  return steps
}

/** The path that is argument 1, the whole document when it is left out; a sentence when it is wrong. */
export function pathOf(args: readonly ArgInfo[]): JsonPath | string {
  if (args.length < 2) return []
  const path = constantText(args[1])
  return path === undefined ? 'the path must be a text, not NULL' : parseJsonPath(path)
}

/** Prints the path for DuckDB's JSON functions, as a text literal. */
export function duckdbPath(args: readonly ArgInfo[]): string {
  const path = pathOf(args)
  const steps = typeof path === 'string' ? [] : path
  return quoteText(`$${steps.map((s) => (typeof s === 'number' ? `[${s}]` : `."${s}"`)).join('')}`)
}

/** Prints the value at the path as jsonb; NULL where there is none. */
export function postgresAt(x: string, args: readonly ArgInfo[]): string {
  const path = pathOf(args)
  const steps = typeof path === 'string' ? [] : path
  return `(${x}${steps.map((s) => ` -> ${typeof s === 'number' ? s : quoteText(s)}`).join('')})`
}
