import { EtlError } from '../base/errors.ts'

const kinds =
  /^the query failed: (?:Parser|Catalog|Binder|Conversion|Invalid Input|Out of Range|Syntax|Permission|Not implemented) Error: /i
const missing = /^(?:Table|View) with name "?([^" ]+)"? does not exist/

/** What went wrong in a query that a user typed: `sql.invalid` when the SQL is at fault, with the tables there are. */
export function asSqlMistake(error: unknown, sql: string, tables: readonly string[]): unknown {
  if (!(error instanceof EtlError) || error.code !== 'engine.failed') return error
  const kind = kinds.exec(error.message)
  if (kind === null) return error
  // The engine runs the text in parentheses; where that one is at fault, the text ended too early.
  const message = error.message
    .slice(kind[0].length)
    .replace(sql.includes(')') ? /^$/ : /at or near "\)"$/, 'at the end of the query')
  const table = missing.exec(message)?.[1]
  if (table === undefined) return new EtlError('sql.invalid', message, { cause: error })
  return new EtlError('sql.invalid', `there is no table ${table} in the lake`, {
    cause: error,
    hint:
      tables.length === 0
        ? 'The lake is empty; run `securecart run` first.'
        : `Tables: ${tables.filter((t) => !t.endsWith('$rejected')).join(', ')}`,
  })
}
