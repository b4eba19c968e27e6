import type { Expectation, PlanCase, Written } from '../plan-case.ts'

/** A place where the same words mean different things to engines, and what the product does about it. */
export interface Trap {
  readonly trap: string
  /** The words are printed so that they mean one thing, or they are refused. */
  readonly met: 'rewritten' | 'refused'
  /** What provokes it. */
  readonly case: PlanCase
}

/** A trap as it is written down. */
export type WrittenTrap = readonly [trap: string, plan: Written[1], expectation?: Expectation]
