import { existsSync, readFileSync } from 'node:fs'
import type { Values } from './plan-case.ts'

/** The file of rows that DuckDB gave and a person looked through, by the name of the case. */
export const goldenFile: URL = new URL('cases/golden.json', import.meta.url)

const golden: Readonly<Record<string, Values>> = existsSync(goldenFile)
  ? (JSON.parse(readFileSync(goldenFile, 'utf8')) as Record<string, Values>)
  : {}

/** The golden rows of a case, if it has any. */
export const goldenRows = (name: string): Values | undefined =>
  Object.hasOwn(golden, name) ? golden[name] : undefined

/** The names of all golden rows. */
export const goldenNames: readonly string[] = Object.keys(golden)
