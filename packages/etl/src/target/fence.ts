import { EtlError } from '../base/errors.ts'
import type { Delivery } from './contract.ts'
import type { Position } from './position.ts'

/**
 * Fails unless a delivery may still commit: with `target.fenced` when a newer run has delivered, with `target.conflict`
 * (transient) when the target is no longer where the delivery was decided. `found` is what the locked ledger row says.
 */
export function assertMayCommit(
  delivery: Delivery,
  found: { readonly epoch: number; readonly position: Position | undefined },
): void {
  const { target, base, epoch } = delivery
  const name = `${target.schema}.${target.name}`
  if (found.epoch > epoch) {
    throw new EtlError('target.fenced', `a newer run has delivered ${name}`, {
      params: { target: target.id, epoch, deliveredEpoch: found.epoch },
    })
  }
  if (found.position?.delivery === base?.delivery) return
  throw new EtlError('target.conflict', `another run has delivered ${name} meanwhile`, { retry: 'transient' })
}
