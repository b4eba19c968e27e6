import { printColumn, readCreateTable, type TableShape } from './create-table.ts'
import { type CopyCommand, readCopy } from './copy-command.ts'
import { syntaxError } from './error.ts'
import { checkMerge, translateQuery } from './query.ts'
import { Reader, type Relation } from './reader.ts'
import { nameOf, print, tokensOf, upper } from './tokens.ts'
import { readType } from './type.ts'

/** What becomes of a statement of Redshift. */
export type Translated =
  | { readonly kind: 'sql'; readonly sql: string; readonly effect?: Effect }
  | { readonly kind: 'copy'; readonly copy: CopyCommand }

/** What the stand-in remembers of tables, since PostgreSQL has no place for it. */
export type Effect =
  | { readonly kind: 'create'; readonly shape: TableShape }
  | { readonly kind: 'rename'; readonly from: Relation; readonly to: string }
  | { readonly kind: 'drop'; readonly relations: readonly Relation[] }

/** Parameters that a session may set. */
const parameters = ['TIMEZONE', 'DATESTYLE', 'STATEMENT_TIMEOUT']

/**
 * Translates one statement of Redshift into one of PostgreSQL. Only what Redshift documents, and the product prints, is
 * taken: everything else is a syntax error.
 */
export function translate(sql: string): Translated {
  const tokens = tokensOf(sql)
  const reader = new Reader(tokens)
  const plain = (text: string): Translated => ({ kind: 'sql', sql: text })
  const word = upper(reader.next())
  switch (word) {
    case 'BEGIN':
    case 'COMMIT':
    case 'ROLLBACK':
      reader.ends()
      return plain(word)
    case 'SET':
    case 'RESET': {
      const name = upper(reader.next())
      if (!parameters.includes(name)) throw syntaxError(name)
      if (word === 'SET') reader.wants('TO')
      return plain(print(tokens))
    }
    case 'LOCK': {
      reader.takes('TABLE')
      const relation = reader.relation()
      reader.ends()
      return plain(`LOCK TABLE ${relation.sql} IN ACCESS EXCLUSIVE MODE`)
    }
    case 'CREATE':
      return create(reader)
    case 'DROP': {
      reader.wants('TABLE')
      const ifExists = reader.takes('IF', 'EXISTS')
      const relations: Relation[] = []
      do relations.push(reader.relation())
      while (reader.takes(','))
      reader.ends()
      const text = `DROP TABLE ${ifExists ? 'IF EXISTS ' : ''}${relations.map((r) => r.sql).join(', ')}`
      return { kind: 'sql', sql: text, effect: { kind: 'drop', relations } }
    }
    case 'ALTER':
      return alter(reader)
    case 'COPY':
      return { kind: 'copy', copy: readCopy(reader) }
    case 'GRANT':
      return plain(print(tokens.filter((t) => !['ROLE', 'GROUP'].includes(upper(t)))))
    case 'COMMENT':
      reader.wants('ON', 'TABLE')
      return plain(print(tokens))
    case 'MERGE':
      checkMerge(tokens)
      return plain(translateQuery(tokens))
    case 'SELECT':
    case 'INSERT':
    case 'UPDATE':
    case 'DELETE':
      return plain(translateQuery(tokens))
    default:
      // TRUNCATE, which commits, savepoints, indexes, …
      throw syntaxError(word)
  }
}

function create(reader: Reader): Translated {
  if (reader.takes('SCHEMA')) {
    reader.wants('IF', 'NOT', 'EXISTS')
    const name = nameOf(reader.next())
    reader.ends()
    return { kind: 'sql', sql: `CREATE SCHEMA IF NOT EXISTS "${name.replaceAll('"', '""')}"` }
  }
  reader.wants('TABLE')
  const { shape, sql } = readCreateTable(reader)
  return { kind: 'sql', sql, effect: { kind: 'create', shape } }
}

/** One action a statement; types are not changed within transactions. Source: database developer guide, "ALTER TABLE". */
function alter(reader: Reader): Translated {
  reader.wants('TABLE')
  const relation = reader.relation()
  const start = `ALTER TABLE ${relation.sql}`
  if (reader.takes('RENAME', 'TO')) {
    const name = reader.next()
    reader.ends()
    return {
      kind: 'sql',
      sql: `${start} RENAME TO ${name.text}`,
      effect: { kind: 'rename', from: relation, to: nameOf(name) },
    }
  }
  if (reader.takes('ADD', 'COLUMN')) {
    const name = nameOf(reader.next())
    const column = { name, type: readType(reader) }
    reader.ends()
    return { kind: 'sql', sql: `${start} ADD COLUMN ${printColumn(column, false)}` }
  }
  reader.wants('DROP', 'COLUMN')
  const name = reader.next()
  reader.ends()
  return { kind: 'sql', sql: `${start} DROP COLUMN ${name.text}` }
}
