import type { Budget } from './budgets.ts'
import type { inTurn } from './measure.ts'
import type { Finding } from './finding.ts'

export const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`

/** The time ratio of a comparison as a finding. */
export function againstControl(budget: Budget, result: Awaited<ReturnType<typeof inTurn>>): Finding {
  return {
    budget,
    value: result.time,
    detail: `${seconds(result.ours.ms)} against ${seconds(result.control.ms)}`,
  }
}
