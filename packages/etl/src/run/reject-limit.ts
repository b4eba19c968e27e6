import type { TableDeclaration } from '../author/table.ts'
import { EtlError } from '../base/errors.ts'
import { sourceOf } from './definition.ts'
import type { Counts } from '../engine/contract.ts'

/** The declared limit of rejects: the table's own, or its source's. */
export function rejectLimit(table: TableDeclaration): number | undefined {
  return table.maxRejected ?? sourceOf(table)?.maxRejected
}

/** Fails with `run.too-many-rejects`, before anything is published, when more rows were rejected than declared. */
export function assertFewRejects(table: TableDeclaration, counts: Counts): void {
  const limit = rejectLimit(table)
  if (limit === undefined || counts.rejected === 0) return
  const allowed = limit < 1 ? Math.floor(counts.read * limit) : limit
  if (counts.rejected <= allowed) return
  const share = ((counts.rejected / Math.max(1, counts.read)) * 100).toFixed(2)
  throw new EtlError(
    'run.too-many-rejects',
    `${table.name}: ${counts.rejected} of ${counts.read} records were rejected (${share} %), allowed are ${allowed}; nothing was published`,
    {
      hint: 'Run `securecart check` on the source or raise `maxRejected` to see the rejected records in the table.',
      params: { rejected: counts.rejected, read: counts.read, allowed },
    },
  )
}
