import type { Diagnostic } from '../base/errors.ts'
import type { TableDeclaration } from '../author/table.ts'

/** The tables that a table is made from, each once, in order of first use. */
export function upstreamOf(table: TableDeclaration): readonly TableDeclaration[] {
  const { content } = table
  switch (content.kind) {
    case 'source':
      return content.tables ?? []
    case 'plan':
    case 'steps':
      return content.tables
    case 'query':
      return content.query.tables.map((t) => t.table)
  }
}

/** The given tables and all that they are made from, each value once, upstream first. */
export function reachableTables(tables: readonly TableDeclaration[]): readonly TableDeclaration[] {
  const done = new Set<TableDeclaration>()
  const open = new Set<TableDeclaration>()
  const visit = (table: TableDeclaration): void => {
    if (done.has(table) || open.has(table)) return
    open.add(table)
    for (const upstream of upstreamOf(table)) visit(upstream)
    done.add(table)
  }
  for (const table of tables) visit(table)
  return [...done]
}

const located = (table: TableDeclaration, diagnostic: Omit<Diagnostic, 'at' | 'severity'>): Diagnostic => ({
  severity: 'error',
  ...diagnostic,
  ...(table.at === undefined ? {} : { at: table.at }),
})

const place = (table: TableDeclaration): string =>
  table.at === undefined ? 'elsewhere' : `at ${table.at.file}:${table.at.line}`

/** Tables that share a name or an identity with an earlier one. */
export function duplicateTables(tables: readonly TableDeclaration[]): readonly Diagnostic[] {
  const names = new Map<string, TableDeclaration>()
  const ids = new Map<string, TableDeclaration>()
  const found: Diagnostic[] = []
  for (const table of tables) {
    const named = names.get(table.name)
    const identified = ids.get(table.id)
    if (named !== undefined) {
      const message = `table "${table.name}" is declared twice, also ${place(named)}`
      found.push(located(table, { code: 'plan.duplicate-table', message, hint: 'rename one of them' }))
    } else if (identified !== undefined) {
      const message = `tables "${identified.name}" and "${table.name}" have the same id "${table.id}"`
      const hint = 'an id stands for one table through all its renames; give each its own'
      found.push(located(table, { code: 'plan.duplicate-table', message, hint }))
    }
    if (named === undefined) names.set(table.name, table)
    if (identified === undefined) ids.set(table.id, table)
  }
  return found
}

/**
 * Circles among table names. Values cannot mention each other in a circle, but two tables of one name can make one,
 * and so can a plan that was read from elsewhere.
 */
export function cycles(tables: readonly TableDeclaration[]): readonly Diagnostic[] {
  const byName = Map.groupBy(tables, (t) => t.name)
  const state = new Map<string, 'open' | 'done'>()
  const found: Diagnostic[] = []
  const visit = (name: string, path: readonly string[]): void => {
    if (state.get(name) === 'done') return
    const declarations = byName.get(name) ?? []
    const [first] = declarations
    if (state.get(name) === 'open') {
      const circle = [...path.slice(path.indexOf(name)), name].join(' → ')
      if (first !== undefined) {
        found.push(
          located(first, {
            code: 'plan.cycle',
            message: `tables depend on each other in a circle: ${circle}`,
          }),
        )
      }
      return
    }
    state.set(name, 'open')
    const upstream = new Set(declarations.flatMap(upstreamOf).map((t) => t.name))
    for (const next of upstream) visit(next, [...path, name])
    state.set(name, 'done')
  }
  for (const name of byName.keys()) visit(name, [])
  return found
}
