import { expect, test } from 'vitest'
import type { EtlError } from '../base/errors.ts'
import type { Delivery } from './contract.ts'
import { assertMayCommit } from './fence.ts'
import type { Position } from './position.ts'

const at = (delivery: string): Position => ({ delivery }) as Position
const mine = (epoch: number, base?: Position): Delivery =>
  ({ target: { id: 'x', schema: 'bi', name: 'x' }, epoch, base }) as Delivery

function codeOf(delivery: Delivery, epoch: number, position: Position | undefined): unknown {
  try {
    assertMayCommit(delivery, { epoch, position })
    return undefined
  } catch (error) {
    return [(error as EtlError).code, (error as EtlError).retry]
  }
}

test('a delivery commits on the position that it was decided on', () => {
  expect(codeOf(mine(1), 0, undefined)).toBeUndefined()
  expect(codeOf(mine(3, at('a')), 3, at('a'))).toBeUndefined()
  expect(codeOf(mine(3, at('a')), 3, at('b'))).toEqual(['target.conflict', 'transient'])
  expect(codeOf(mine(3), 2, at('b'))).toEqual(['target.conflict', 'transient'])
  expect(codeOf(mine(3, at('a')), 4, at('a'))).toEqual(['target.fenced', 'never'])
})
