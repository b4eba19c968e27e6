import { casesOf, type PlanCase } from './plan-case.ts'
import { numberWords } from './traps/numbers.ts'
import { otherWords } from './traps/others.ts'
import { refused } from './traps/refused.ts'
import type { Trap, WrittenTrap } from './traps/trap.ts'

const trapsOf = (met: Trap['met'], written: readonly WrittenTrap[]): readonly Trap[] =>
  casesOf('trap', written).map((made, i) => ({ trap: written[i]?.[0] ?? '', met, case: made }))

/** The known traps. */
export const traps: readonly Trap[] = [
  ...trapsOf('rewritten', [...numberWords, ...otherWords]),
  ...trapsOf('refused', refused),
]

/** The plans of the traps. */
export const trapCases: readonly PlanCase[] = traps.map((t) => t.case)
