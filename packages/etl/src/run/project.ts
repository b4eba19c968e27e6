import { checkProject } from '../check/project.ts'
import type { CompiledTable, TableDeclaration } from '../author/table.ts'
import { type Diagnostic, EtlError } from '../base/errors.ts'
import type { Node } from '../plan/node.ts'
import type { Schema } from '../plan/type.ts'
import { mentionedTables, sourceOf } from './definition.ts'

/** A project whose tables are typed, in dependency order, or what is wrong with it. */
export interface CompiledProject {
  readonly tables: readonly CompiledTable[]
  readonly diagnostics: readonly Diagnostic[]
}

/** The tables and everything they mention, dependencies first. */
export function inDependencyOrder(tables: readonly TableDeclaration[]): readonly TableDeclaration[] {
  const visited = new Set<TableDeclaration>()
  const ordered: TableDeclaration[] = []
  const visit = (table: TableDeclaration): void => {
    if (visited.has(table)) return
    visited.add(table)
    for (const mentioned of mentionedTables(table)) visit(mentioned)
    ordered.push(table)
  }
  for (const table of tables) visit(table)
  return ordered
}

type Rooted = { readonly root: Node } | { readonly diagnostics: readonly Diagnostic[] }

async function rootOf(table: TableDeclaration, schemas: ReadonlyMap<string, Schema>): Promise<Rooted> {
  const { content } = table
  switch (content.kind) {
    case 'plan':
      return { root: content.root }
    case 'source':
      return { root: content.root ?? { kind: 'scan', input: table.name, schema: content.source.schema } }
    case 'steps': {
      const { root, diagnostics } = content.lower((name) => schemas.get(name))
      return root === undefined ? { diagnostics } : { root }
    }
    case 'query': {
      // The SQL door loads the engine's parser; projects without SQL do not pay for it.
      const { compileQuery } = await import('../author/sql/compile.ts')
      const relations = new Map(
        content.query.tables.map((t) => [t.relation, schemas.get(t.table.name) ?? []]),
      )
      return compileQuery(content.query, relations)
    }
  }
}

/** Parses all queries in one go, which is much cheaper than one by one. */
async function parseAhead(tables: readonly TableDeclaration[]): Promise<void> {
  const queries = tables.flatMap((t) => (t.content.kind === 'query' ? [t.content.query] : []))
  if (queries.length < 2) return
  const { parseQueries } = await import('../author/sql/compile.ts')
  await parseQueries(queries)
}

/** Types every table of a project. All mistakes are collected; nothing runs. */
export async function compileProject(declared: readonly TableDeclaration[]): Promise<CompiledProject> {
  const ordered = inDependencyOrder(declared)
  const diagnostics: Diagnostic[] = []
  const schemas = new Map<string, Schema>()
  const broken = new Set<string>()
  const tables: CompiledTable[] = []
  await parseAhead(ordered)
  for (const table of ordered) {
    const upstream = mentionedTables(table).map((t) => t.name)
    if (upstream.some((name) => broken.has(name))) {
      broken.add(table.name)
      continue
    }
    const rooted = await rootOf(table, schemas)
    if ('diagnostics' in rooted) {
      diagnostics.push(...rooted.diagnostics)
      broken.add(table.name)
      continue
    }
    schemas.set(table.name, rooted.root.schema)
    tables.push({
      declaration: table,
      plan: rooted.root,
      schema: rooted.root.schema,
      upstream: [...new Set(upstream)],
    })
  }
  return { tables, diagnostics: [...diagnostics, ...checkProject(ordered, schemas)] }
}

/** Fails with all errors of a project together. */
export function assertSound(project: CompiledProject): readonly CompiledTable[] {
  const errors = project.diagnostics.filter((d) => d.severity === 'error')
  if (errors.length === 0) return project.tables
  throw new EtlError(
    'config.invalid',
    `the project has ${errors.length} error${errors.length === 1 ? '' : 's'}`,
    {
      diagnostics: project.diagnostics,
    },
  )
}

/**
 * Picks tables by name, with everything they depend on when `upstream` is set. A name may be a namespace (`mart`) or end
 * in `.*`. Fails with `run.unknown-table` on names that match nothing.
 */
export function pickTables(
  tables: readonly CompiledTable[],
  names: readonly string[],
  options: { readonly upstream: boolean },
): readonly CompiledTable[] {
  if (names.length === 0) return tables
  const byName = new Map(tables.map((t) => [t.declaration.name, t]))
  const picked = new Set<string>()
  const add = (name: string): void => {
    if (picked.has(name)) return
    picked.add(name)
    if (options.upstream) for (const upstream of byName.get(name)?.upstream ?? []) add(upstream)
  }
  for (const name of names) {
    const prefix = `${name.replace(/\.\*$/, '')}.`
    const matches = [...byName.keys()].filter((n) => n === name || n.startsWith(prefix))
    if (matches.length === 0) {
      throw new EtlError('run.unknown-table', `there is no table "${name}"`, {
        hint: `Tables: ${[...byName.keys()].join(', ')}`,
      })
    }
    matches.forEach(add)
  }
  return tables.filter((t) => picked.has(t.declaration.name))
}

/** Whether a table reads files itself. */
export const readsFiles = (table: CompiledTable): boolean => sourceOf(table.declaration) !== undefined
