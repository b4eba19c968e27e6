import { randomUUID } from 'node:crypto'
import { EtlError } from '../../base/errors.ts'
import { type Catalog, conflict, type PointerChange } from '../catalog/contract.ts'
import type { Rename } from '../contract.ts'
import { splitName } from '../store/location.ts'

/** Moves pointers from name to name in one publication, see `Lake.rename`. */
export async function renameTables(catalog: Catalog, renames: readonly Rename[]): Promise<void> {
  if (renames.length === 0) return
  const { pointers } = await catalog.look()
  // Another process may have given the very names: that is no fault of the names.
  const moved = renames.find(({ table }) => pointers.get(table.name) !== table.metadataLocation)
  if (moved !== undefined) throw conflict(moved.table.name)
  const leaving = new Set(renames.map((r) => r.table.name))
  for (const { table, to } of renames) {
    splitName(to)
    if (leaving.has(to) || !pointers.has(to)) continue
    throw new EtlError('lake.exists', `${table.name} cannot be renamed to ${to}: the lake has a table ${to}`)
  }
  // All names are left before any is taken, so tables can change places.
  const left = renames.map(({ table }): PointerChange => ({
    name: table.name,
    from: table.metadataLocation,
    to: undefined,
  }))
  const taken = renames.map(({ table, to }): PointerChange => ({
    name: to,
    from: undefined,
    to: table.metadataLocation,
  }))
  await catalog.publish({ id: randomUUID(), changes: [...left, ...taken], epoch: undefined })
}
