import type { Diagnostic } from '../../base/errors.ts'
import { findField, type Schema } from '../../plan/type.ts'
import type { SqlQuery } from '../table.ts'
import { type QueryAst, walkAst } from './ast.ts'
import { queryDiagnostic } from './position.ts'

/** Table functions that compute from their arguments alone. */
const pureTableFunctions = new Set(['unnest', 'range', 'generate_series', 'json_each', 'json_tree', 'repeat'])

/** Functions that read the machine or the session, which DuckDB nevertheless calls consistent. */
const readsOutside = new Set([
  'getenv',
  'current_setting',
  'getvariable',
  'current_user',
  'session_user',
  'user',
  'version',
])

/** Words that mean the present moment or user where no column has their name. */
const bareWords = new Set([
  'current_date',
  'current_time',
  'current_timestamp',
  'localtime',
  'localtimestamp',
  'current_user',
  'session_user',
  'user',
])

type Part = Readonly<Record<string, unknown>>

const locationOf = (part: Part): number => Number(part['query_location'] ?? 0)
const text = (part: Part, key: string): string => String(part[key] ?? '')

function changing(query: SqlQuery, what: string, location: number): Diagnostic {
  return queryDiagnostic(query, 'sql.refused', `${what} gives another answer on each run or machine`, {
    location,
    hint: 'Pass such values in as sql.value(…), so that a run can be repeated.',
  })
}

function refuseFunction(query: SqlQuery, part: Part, unstable: ReadonlySet<string>): Diagnostic[] {
  const name = text(part, 'function_name').toLowerCase()
  const children = Array.isArray(part['children']) ? part['children'].length : 0
  // age(x) counts from today; age(x, y) does not.
  const usesToday = name === 'age' && children === 1
  return unstable.has(name) || readsOutside.has(name) || usesToday
    ? [changing(query, `${name}()`, locationOf(part))]
    : []
}

function refuseBareWord(query: SqlQuery, part: Part, schemas: ReadonlyMap<string, Schema>): Diagnostic[] {
  const names = part['column_names']
  if (!Array.isArray(names) || names.length !== 1) return []
  const name = String(names[0]).toLowerCase()
  if (!bareWords.has(name) || [...schemas.values()].some((s) => findField(s, name) !== undefined)) return []
  return [changing(query, name, locationOf(part))]
}

function refuseTable(query: SqlQuery, part: Part, known: ReadonlySet<string>): Diagnostic[] {
  const name = text(part, 'table_name')
  const location = locationOf(part)
  if (text(part, 'schema_name') === '' && known.has(name.toLowerCase())) return []
  const shown = text(part, 'schema_name') === '' ? name : `${text(part, 'schema_name')}.${name}`
  return [
    queryDiagnostic(query, 'sql.invalid', `"${shown}" is no relation of this query`, {
      location,
      hint: 'Put tables into the template as ${table}; files are read by source tables.',
    }),
  ]
}

function refuseTableFunction(query: SqlQuery, part: Part): Diagnostic[] {
  const call = part['function'] as Part
  const name = text(call, 'function_name').toLowerCase()
  if (pureTableFunctions.has(name)) return []
  return [
    queryDiagnostic(query, 'sql.refused', `${name}() in FROM reads something other than the query's tables`, {
      location: locationOf(part),
      hint: 'Declare a source table for files and read that.',
    }),
  ]
}

/** The names of WITH queries, wherever they stand; one that hides an interpolated table is a mistake. */
function withNames(
  query: SqlQuery,
  root: QueryAst,
): { readonly names: readonly string[]; readonly problems: readonly Diagnostic[] } {
  const names: string[] = []
  const collect = (tree: unknown): void => {
    if (Array.isArray(tree)) {
      for (const member of tree) collect(member)
    } else if (typeof tree === 'object' && tree !== null) {
      const map = (tree as { cte_map?: { map?: readonly { key: string }[] } }).cte_map?.map ?? []
      names.push(...map.map((m) => m.key.toLowerCase()))
      for (const member of Object.values(tree)) collect(member)
    }
  }
  collect(root)
  const hidden = query.tables.filter((t) => names.includes(t.relation.toLowerCase()))
  const problems = hidden.map((t) =>
    queryDiagnostic(
      query,
      'sql.invalid',
      `WITH ${t.relation} hides the table ${t.table.name} of the same name`,
      {
        hint: 'Give the WITH query another name.',
      },
    ),
  )
  return { names, problems }
}

/**
 * Finds what no query may do: name relations that are not its own, read files or the machine, or depend on chance or
 * the clock.
 */
export function refusalsOf(
  query: SqlQuery,
  root: QueryAst,
  schemas: ReadonlyMap<string, Schema>,
  unstable: ReadonlySet<string>,
): readonly Diagnostic[] {
  const { names, problems } = withNames(query, root)
  const known = new Set([...query.tables.map((t) => t.relation.toLowerCase()), ...names])
  const found: Diagnostic[] = [...problems]
  walkAst(root, (part) => {
    if (part['class'] === 'FUNCTION') found.push(...refuseFunction(query, part, unstable))
    else if (part['class'] === 'COLUMN_REF') found.push(...refuseBareWord(query, part, schemas))
    else if (part['type'] === 'BASE_TABLE') found.push(...refuseTable(query, part, known))
    else if (part['type'] === 'TABLE_FUNCTION') found.push(...refuseTableFunction(query, part))
    else if (part['class'] === 'PARAMETER') {
      const hint = 'Write ${sql.value(…)} for constants.'
      found.push(queryDiagnostic(query, 'sql.invalid', 'a query has no parameters', { hint }))
    }
    if (typeof part['sample'] === 'object' && part['sample'] !== null) {
      found.push(changing(query, 'TABLESAMPLE', locationOf(part)))
    }
  })
  return found
}
