import { EtlError } from '../base/errors.ts'
import type { Applied } from './apply.ts'
import { isByChangedKeys } from './changed-keys.ts'
import type { Delivery } from './contract.ts'
import type { DeliveryCounts, Position } from './position.ts'

/** What was sent to the warehouse, and what became of it. */
export interface Sent extends Applied {
  /** Rows of the delivery before older rows of a key were left out. */
  readonly read: number
  /** Rows that reached the warehouse. */
  readonly copied: number
  readonly cleaned: number
}

/** Rows that a delivery was to read: as the lake's manifests tell, or those copied where only some rows of files are meant. */
export const rowsRead = ({ rows }: Delivery, copied: number): number =>
  rows.changed === undefined ? rows.rows : copied

/** Accounts for every row that was read. Fails with `bug.unreachable` when the books do not balance. */
export function settle(delivery: Delivery, sent: Sent): DeliveryCounts {
  const { read, copied, inserted, updated, deleted, cleaned } = sent
  const left = copied - inserted - updated
  assertNotShrunk(delivery, (delivery.base?.rows ?? 0) + inserted - deleted)
  const { action, target } = delivery
  // A row that is nothing but a key and is there already stays as it is.
  const stays = action === 'history' || target.columns.every((f) => target.key.includes(f.name))
  const counts: DeliveryCounts = {
    read,
    inserted,
    updated,
    deleted,
    unchanged: stays ? left : 0,
    superseded: read - copied + (stays ? 0 : left),
    cleaned,
  }
  const mayLeave = stays || target.order.length > 0
  if (read < copied || left < 0 || (!mayLeave && counts.superseded !== 0)) {
    throw new EtlError(
      'bug.unreachable',
      `rows of ${target.schema}.${target.name} are not conserved: ${JSON.stringify(sent)}`,
    )
  }
  return counts
}

/** The position after a delivery. */
export function positionAfter(delivery: Delivery, counts: DeliveryCounts): Position {
  const { action, base, target } = delivery
  const before = action === 'full' ? 0 : (base?.rows ?? 0)
  // A closed version stays; the version after an updated one is a row more.
  const change =
    target.mode === 'history'
      ? counts.inserted + counts.updated
      : counts.inserted - (action === 'full' ? 0 : counts.deleted)
  return { ...delivery.position, rows: before + change, counts }
}

/** Fails with `target.shrinks` when a full refresh, or one by changed keys, leaves fewer rows than it may. */
export function assertNotShrunk(delivery: Delivery, rows: number): void {
  const { action, base, leastRows, target } = delivery
  if ((action !== 'full' && !isByChangedKeys(target, delivery.rows)) || rows >= leastRows) return
  throw new EtlError(
    'target.shrinks',
    `the delivery would leave ${target.schema}.${target.name} with ${rows} rows of ${base?.rows ?? 0}`,
    {
      hint: 'Nothing was changed. Run it with --full when the rows are meant to go, or raise `maxShrink`.',
      params: { rows, before: base?.rows ?? 0 },
    },
  )
}
