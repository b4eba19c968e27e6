import type { TableDeclaration } from '../author/table.ts'
import { EtlError } from '../base/errors.ts'
import type { Lake, LakeTable, Rename } from '../lake/contract.ts'

/** The property of a lake table that holds its declaration's identity, by which it is found under any name. */
export const idProperty = 'securecart.id'

/** The table that holds the rejects of another. */
export const rejectedName = (table: string): string => `${table}$rejected`

/** A table made before identities were noted has that of its name. */
const idOf = (table: LakeTable): string => table.properties[idProperty] ?? table.name

type Found = Pick<Lake, 'tables' | 'load'>

/**
 * Finds the lake tables that are declared under another name now, with their tables of rejects. `declared` are all tables
 * of the project. Fails with `lake.exists` when a new name belongs to a table that keeps it.
 *
 * A declared `id` finds its table under any name. A table declared without one is found by its name; only where there is
 * none of that name, by its identity (a table renamed back).
 */
export async function findRenames(
  declared: readonly TableDeclaration[],
  lake: Found,
): Promise<readonly Rename[]> {
  const names = new Set(await lake.tables())
  if (names.size === 0) return []
  const claims = await claimTables(declared, names, lake)
  const renames: Rename[] = []
  for (const [table, to] of claims) {
    if (table.name === to) continue
    renames.push({ table, to })
    const rejects = await lake.load(rejectedName(table.name))
    if (rejects !== undefined) renames.push({ table: rejects, to: rejectedName(to) })
  }
  const leaving = new Set(renames.map((r) => r.table.name))
  const blocked = renames.find((r) => names.has(r.to) && !leaving.has(r.to))
  if (blocked === undefined) return renames
  throw new EtlError(
    'lake.exists',
    `${blocked.table.name} is declared as ${blocked.to} now, but the lake has another table ${blocked.to}`,
    { hint: `Give the declaration another name, or declare the table that is now ${blocked.to} as well.` },
  )
}

/** Which lake table each declaration stands for, and the name that it shall have. */
async function claimTables(
  declared: readonly TableDeclaration[],
  names: ReadonlySet<string>,
  lake: Found,
): Promise<ReadonlyMap<LakeTable, string>> {
  const plain = declared.filter((t) => t.id === t.name)
  const renamed = declared.filter((t) => t.id !== t.name)
  const missing = plain.filter((t) => !names.has(t.name))
  const claims = new Map<LakeTable, string>()
  if (missing.length === 0 && (await areInPlace(renamed, lake))) return claims
  const tables = await everyTable(names, lake)
  const byName = new Map(tables.map((t) => [t.name, t]))
  const byId = Map.groupBy(tables, idOf)
  const claim = (table: LakeTable | undefined, name: string): void => {
    if (table !== undefined && !claims.has(table)) claims.set(table, name)
  }
  for (const { id, name } of renamed) {
    const here = byName.get(name)
    // A table without a noted identity may be the declared one as well as its namesake.
    const isHere = here !== undefined && (idOf(here) === id || here.properties[idProperty] === undefined)
    const wanted = renamed.some((t) => t.id === name)
    claim(isHere && (idOf(here) === id || !wanted) ? here : byId.get(id)?.[0], name)
  }
  for (const { name } of plain) claim(byName.get(name), name)
  for (const { id, name } of missing) claim(byId.get(id)?.[0], name)
  return claims
}

/** Whether every lake table has its declared name already, as in nearly all runs. */
async function areInPlace(renamed: readonly TableDeclaration[], lake: Found): Promise<boolean> {
  for (const { id, name } of renamed) {
    const here = await lake.load(name)
    if (here === undefined || idOf(here) !== id) return false
  }
  return true
}

async function everyTable(names: ReadonlySet<string>, lake: Found): Promise<readonly LakeTable[]> {
  const tables: LakeTable[] = []
  for (const name of names) {
    if (name.endsWith(rejectedName(''))) continue
    const table = await lake.load(name)
    if (table !== undefined) tables.push(table)
  }
  return tables
}

/** The lake as it will be after the renames, for those who only look. */
export function afterRenames(lake: Lake, renames: readonly Rename[]): Lake {
  const arriving = new Map(renames.map((r) => [r.to, r.table]))
  const leaving = new Set(renames.map((r) => r.table.name))
  return {
    ...lake,
    load: async (name) => {
      const moved = arriving.get(name)
      if (moved !== undefined) return { ...moved, name }
      return leaving.has(name) ? undefined : lake.load(name)
    },
  }
}

/** What is said of a renamed table, before the reasons of its decision. */
export function renameReasons(renames: readonly Rename[], name: string): readonly string[] {
  const found = renames.find((r) => r.to === name)
  return found === undefined ? [] : [`renamed from ${found.table.name}`]
}
