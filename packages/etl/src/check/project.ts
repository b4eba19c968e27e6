import type { TableDeclaration } from '../author/table.ts'
import type { Diagnostic } from '../base/errors.ts'
import type { Schema } from '../plan/type.ts'
import { cycles, duplicateTables, reachableTables } from './dependencies.ts'
import { checkTable } from './table.ts'

/**
 * Checks the tables of a project and all that they are made from, before anything runs: names and identities, circles,
 * keys, partitions, columns, steps. Returns all diagnostics, by file and line.
 *
 * `schemas` holds, by table name, the columns that only typing a query tells; a table without known columns is checked
 * as far as that goes.
 */
export function checkProject(
  tables: readonly TableDeclaration[],
  schemas: ReadonlyMap<string, Schema> = new Map(),
): Diagnostic[] {
  const all = reachableTables(tables)
  const found = [
    ...duplicateTables(all),
    ...cycles(all),
    ...all.flatMap((table) => checkTable(table, schemas.get(table.name))),
  ]
  return found.toSorted(byPlace)
}

function byPlace(a: Diagnostic, b: Diagnostic): number {
  const [x, y] = [a.at?.file ?? '', b.at?.file ?? '']
  if (x !== y) return x < y ? -1 : 1
  return (a.at?.line ?? 0) - (b.at?.line ?? 0)
}
