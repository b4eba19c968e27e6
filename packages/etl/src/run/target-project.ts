import type { CompiledTable } from '../author/table.ts'
import type { TargetDeclaration } from '../author/target.ts'
import type { Diagnostic } from '../base/errors.ts'
import { checkTarget, duplicateTargets } from '../check/target.ts'
import { pickTables } from './project.ts'

/** The targets of a project, each once, and what is wrong with them. */
export function checkTargets(
  targets: readonly TargetDeclaration[],
  tables: readonly CompiledTable[],
): readonly Diagnostic[] {
  const schemas = new Map(tables.map((t) => [t.declaration.name, t.schema]))
  return [
    ...duplicateTargets(targets),
    ...targets.flatMap((target) => checkTarget(target, schemas.get(target.from?.name))),
  ]
}

/** What a command is to work on. */
export interface Picked {
  readonly tables: readonly CompiledTable[]
  readonly targets: readonly TargetDeclaration[]
}

/**
 * Picks tables and targets by name or namespace; no names are all. A target goes with its table; a target that is named
 * brings its table only when `upstream` is set. Fails with `run.unknown-table` on names that match nothing.
 */
export function pickWork(
  all: Picked,
  names: readonly string[],
  options: { readonly upstream: boolean },
): Picked {
  if (names.length === 0) return all
  const matches = (target: TargetDeclaration, name: string): boolean =>
    target.name === name || target.name.startsWith(`${name.replace(/\.\*$/, '')}.`)
  const named = all.targets.filter((t) => names.some((n) => matches(t, n)))
  const isTable = (name: string): boolean =>
    all.tables.some(
      ({ declaration: d }) => d.name === name || d.name.startsWith(`${name.replace(/\.\*$/, '')}.`),
    )
  const others = names.filter((n) => isTable(n) || !named.some((t) => matches(t, n)))
  const wanted = [...others, ...(options.upstream ? named.map((t) => t.from.name) : [])]
  const tables = wanted.length === 0 ? [] : pickTables(all.tables, wanted, options)
  const built = new Set(tables.map((t) => t.declaration.name))
  return { tables, targets: all.targets.filter((t) => named.includes(t) || built.has(t.from.name)) }
}
