import type { CompiledTable, TableDeclaration } from '../author/table.ts'
import type { Source } from '../connector/contract.ts'
import { fingerprint } from '../base/json.ts'
import { planVersion } from '../plan/codec.ts'

/**
 * Identifies what a table's rows depend on besides its inputs' rows: plan, source format, partitioning. Renaming the
 * table, describing it or moving its source folder does not change it.
 */
export function definitionOf(table: CompiledTable): string {
  const { partition } = table.declaration
  const own = sourceOf(table.declaration)
  const source =
    own === undefined
      ? null
      : {
          connector: own.connector,
          format: own.format,
          schema: own.schema,
          ...(own.kind === 'remote' ? { reads: own.reads } : {}),
        }
  const names = new Map([table.declaration, ...mentionedTables(table.declaration)].map((t) => [t.name, t.id]))
  const plan: unknown = JSON.parse(JSON.stringify(table.plan), (key, value: unknown) =>
    key === 'input' && typeof value === 'string' ? (names.get(value) ?? value) : value,
  )
  return fingerprint({ version: planVersion, plan, source, partition })
}

/** The other tables that a declaration mentions. */
export function mentionedTables(table: TableDeclaration): readonly TableDeclaration[] {
  switch (table.content.kind) {
    case 'source':
      return table.content.tables ?? []
    case 'plan':
    case 'steps':
      return table.content.tables
    case 'query':
      return table.content.query.tables.map((t) => t.table)
  }
}

/** The source that a table reads itself. */
export function sourceOf(table: TableDeclaration): Source | undefined {
  return table.content.kind === 'source' || table.content.kind === 'steps' ? table.content.source : undefined
}

/** The identity of an upstream table, by which positions are kept. */
export function upstreamId(table: CompiledTable, name: string): string {
  return mentionedTables(table.declaration).find((t) => t.name === name)?.id ?? name
}
