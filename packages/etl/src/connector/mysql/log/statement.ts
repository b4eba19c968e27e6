import { alterOf } from './alter.ts'
import type { Meaning } from './meaning.ts'
import { type Statement, statementOf } from './token-reader.ts'
import { tokensOf } from './token.ts'

/** The table whose changes are followed. */
export interface FollowedTable {
  readonly database: string
  readonly table: string
  /** Whether the server takes names for the same without regard to case. */
  readonly foldsNames: boolean
}

const other: Meaning = { kind: 'other' }
const rowVerbs = ['INSERT', 'UPDATE', 'DELETE', 'REPLACE', 'LOAD', 'WITH', 'MERGE']

/** Whether a name in a statement is the followed table's. */
export function isFollowed(
  name: { readonly database: string | undefined; readonly table: string },
  followed: FollowedTable,
  current: string,
): boolean {
  const fold = (text: string): string => (followed.foldsNames ? text.toLowerCase() : text)
  return (
    fold(name.table) === fold(followed.table) && fold(name.database ?? current) === fold(followed.database)
  )
}

/** Tells what a statement means for the followed table; `current` is the database that it ran in. */
export function meaningOf(sql: string, current: string, followed: FollowedTable): Meaning {
  if (sql === 'BEGIN') return { kind: 'begin' }
  if (sql === 'COMMIT') return { kind: 'commit' }
  const first = tokensOf(sql).next().value
  if (first?.kind === 'word' && rowVerbs.includes(first.text.toUpperCase()))
    return rowsMeaning(sql, first.text.toUpperCase(), followed)
  const statement = statementOf([...tokensOf(sql)])
  if (statement.skip('SET', 'STATEMENT')) skipSettings(statement)
  // An ALTER may be in the log twice: when it begins, and when it has come to its end.
  if (statement.skip('START', 'ALTER') || statement.skip('ROLLBACK', 'ALTER')) return other
  statement.skip('COMMIT', 'ALTER')
  const ours = (name: ReturnType<Statement['table']>): boolean => isFollowed(name, followed, current)
  const verb = statement.word()
  statement.at++
  switch (verb) {
    case 'BEGIN':
    case 'START':
      return { kind: 'begin' }
    case 'COMMIT':
      return { kind: 'commit' }
    case 'ROLLBACK':
      if (!statement.skip('TO')) return { kind: 'rollback' }
      statement.skip('SAVEPOINT')
      return { kind: 'rollback-to', name: statement.name() }
    case 'SAVEPOINT':
      return { kind: 'savepoint', name: statement.name() }
    case 'XA':
      return { kind: 'xa', verb: statement.name().toUpperCase(), xid: xidOf(statement) }
    case 'TRUNCATE':
      statement.skip('TABLE')
      return ours(statement.table()) ? { kind: 'lost', what: 'was truncated' } : other
    case 'DROP':
      return dropMeaning(statement, followed, ours)
    case 'RENAME':
      return renameMeaning(statement, ours)
    case 'CREATE':
      return createMeaning(statement, ours)
    case 'ALTER':
      return alterOf(statement, ours)
    default:
      return rowVerbs.includes(verb) ? { kind: 'rows', verb } : other
  }
}

/** `DELETE FROM` a whole table of another kind is what a server writes for tables in memory, after its start. */
function rowsMeaning(sql: string, verb: string, followed: FollowedTable): Meaning {
  const emptied = /^DELETE FROM `((?:[^`]|``)*)`\.`((?:[^`]|``)*)`$/.exec(sql)
  const isOther =
    emptied !== null && emptied[2]?.replaceAll('``', '`').toLowerCase() !== followed.table.toLowerCase()
  return isOther ? other : { kind: 'rows', verb }
}

/** `SET STATEMENT a = 1, b = 2 FOR statement` of MariaDB. */
function skipSettings(statement: Statement): void {
  while (statement.at < statement.tokens.length && !statement.skip('FOR')) statement.at++
}

const xidOf = (statement: Statement): string => {
  let text = ''
  for (const token of statement.tokens.slice(statement.at)) {
    if (token.text.toUpperCase() === 'ONE') break
    text += token.text.toUpperCase()
  }
  return text
}

type Ours = (name: ReturnType<Statement['table']>) => boolean

function dropMeaning(statement: Statement, followed: FollowedTable, ours: Ours): Meaning {
  const isDatabase = statement.skip('DATABASE') || statement.skip('SCHEMA')
  if (!isDatabase && !statement.skip('TABLE')) return other
  statement.skip('IF', 'EXISTS')
  const lost: Meaning = { kind: 'lost', what: 'was dropped' }
  if (isDatabase) return ours({ database: statement.name(), table: followed.table }) ? lost : other
  do if (ours(statement.table())) return lost
  while (statement.skip(','))
  return other
}

function renameMeaning(statement: Statement, ours: Ours): Meaning {
  if (!statement.skip('TABLE') && !statement.skip('TABLES')) return other
  statement.skip('IF', 'EXISTS')
  do {
    const from = statement.table()
    if (statement.skip('WAIT')) statement.at++
    statement.skip('NOWAIT')
    statement.skip('TO')
    if (ours(from)) return { kind: 'lost', what: 'was renamed' }
    if (ours(statement.table())) return { kind: 'lost', what: 'was put in place of another table' }
  } while (statement.skip(','))
  return other
}

function createMeaning(statement: Statement, ours: Ours): Meaning {
  if (!statement.skip('OR', 'REPLACE') || !statement.skip('TABLE')) return other
  return ours(statement.table()) ? { kind: 'lost', what: 'was created anew' } : other
}
