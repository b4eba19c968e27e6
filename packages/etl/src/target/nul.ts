import { EtlError } from '../base/errors.ts'
import { quoteText } from '../function/dialect.ts'
import type { NulPolicy, TargetTable } from './contract.ts'

/** What DuckDB says when it meets a NUL character under the policy `refuse`, before the name of the column. */
const nulMark = 'securecart.nul: '

/** Prints, in DuckDB's SQL, a text without NUL characters under a policy. */
export function withoutNul(x: string, nul: NulPolicy, column: string): string {
  switch (nul) {
    case 'strip':
      return `replace(${x}, chr(0), '')`
    case 'replace':
      return `replace(${x}, chr(0), chr(65533))`
    case 'refuse':
      return `CASE WHEN contains(${x}, chr(0)) THEN error(${quoteText(nulMark + column)}) ELSE ${x} END`
  }
}

/** Says of a NUL character where it is and what may be done about it; other errors stay what they are. */
export function toldNul(error: unknown, target: TargetTable, database: string): unknown {
  const message = error instanceof Error ? error.message : ''
  const at = message.indexOf(nulMark)
  if (at < 0) return error
  const column = message.slice(at + nulMark.length).split('\n', 1)[0]
  return new EtlError(
    'target.value',
    `${target.schema}.${target.name}: a text in "${column}" holds the NUL character, which ${database} cannot store`,
    {
      cause: error,
      hint: "Let the target take it out (nul: 'strip') or put U+FFFD in its place (nul: 'replace').",
    },
  )
}
