import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'

/** One query with what the SQL door must make of it. */
export interface SqlCase {
  readonly name: string
  readonly file: string
  /** Undefined: portable. Else a part of the reason why it runs on DuckDB only. */
  readonly reason: string | undefined
  readonly sql: string
}

const folder = path.join(import.meta.dirname, 'cases')

function readCase(file: string, block: string): SqlCase {
  const match = /^ (.+)\n-- expect: (portable|duckdb-only: (.+))\n([\s\S]+?);?\s*$/.exec(block)
  if (match === null) throw new Error(`${file}: a case is not written as name, expectation, query:${block}`)
  const [, name = '', , reason, sql = ''] = match
  return { name, file, reason, sql: sql.trim() }
}

/** Reads all cases of `cases/*.sql`. */
export function readCases(): readonly SqlCase[] {
  return readdirSync(folder)
    .filter((f) => f.endsWith('.sql'))
    .toSorted()
    .flatMap((file) =>
      readFileSync(path.join(folder, file), 'utf8')
        .split('-- case:')
        .slice(1)
        .map((b) => readCase(file, b)),
    )
}
