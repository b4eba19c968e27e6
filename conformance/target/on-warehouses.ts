import { afterAll, afterEach, beforeAll, beforeEach, describe } from 'vitest'
import type { TargetDeclaration } from '../../packages/etl/src/author/target.ts'
import type { TargetReport } from '../../packages/etl/src/run/report.ts'
import type { RunOptions } from '../../packages/etl/src/run/run.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { allWarehouses, type TestWarehouse } from './warehouse.ts'

/** What the tests of deliveries work with: one warehouse for all of them, and a workshop for each. */
export interface Deliveries {
  /** The kind of warehouse. */
  readonly kind: string
  readonly warehouse: TestWarehouse
  readonly at: Workshop
  /** A name that no other target of the warehouse has. */
  newName(): string
  /** Runs the table of a target, and the target. */
  deliver(t: TargetDeclaration, options?: Partial<RunOptions>): Promise<TargetReport>
}

/** Runs a suite on every warehouse that there is here. */
export function onWarehouses(what: string, suite: (on: Deliveries) => void): void {
  for (const { name, open, missing } of allWarehouses) {
    const title = missing === undefined ? `${what} in ${name}` : `${what} in ${name} (${missing})`
    describe.skipIf(missing !== undefined)(title, () => {
      let warehouse: TestWarehouse
      let at: Workshop
      let serial = 0
      beforeAll(async () => {
        warehouse = await open()
      })
      afterAll(() => warehouse[Symbol.asyncDispose]())
      beforeEach(async () => {
        at = await openWorkshop('target-')
      })
      afterEach(() => at[Symbol.asyncDispose]())
      suite({
        kind: name,
        get warehouse() {
          return warehouse
        },
        get at() {
          return at
        },
        newName: () => `bi.t${serial++}`,
        deliver: async (t, options = {}) => {
          const [found] = (await at.run([t.from], { targets: [t], ...options })).targets
          if (found === undefined) throw new Error('no target was reported')
          return found
        },
      })
    })
  }
}
