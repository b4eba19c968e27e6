import { refusals } from '../../packages/etl/src/engine/print/refusal.ts'
import { randomFrom } from '../crash/random.ts'
import { compare, shown } from './compare.ts'
import type { PlanPeer } from './plan-peer.ts'
import { printCase } from './print-case.ts'
import { type Case, randomCase } from './random-plan.ts'
import { shrink } from './shrink.ts'

/** What judging a number of plans came to. */
export interface Judgement {
  readonly accepted: number
  /** Of the accepted: failed on both engines by their data. */
  readonly failing: number
  /** Of the accepted: failed by their data on one engine, which computed what the other did not need. */
  readonly failingOnOne: number
  /** Refused by one of the engines before anything ran. */
  readonly refused: number
  /** Plans whose rows differ, reduced, for a person to read. */
  readonly differences: readonly string[]
}

export interface JudgeOptions {
  readonly seed: number
  /** Accepted plans to judge. */
  readonly plans: number
  /** Stop after so many differences; 5 unless given. */
  readonly most?: number
  readonly onProgress?: (accepted: number) => void
  /** Is told of a difference as soon as it is found and reduced. */
  readonly onDifference?: (difference: string) => void
}

const batch = 4

async function describe(one: Case, a: PlanPeer, b: PlanPeer): Promise<string> {
  const differs = async (c: Case): Promise<boolean> => {
    try {
      const [[x], [y]] = [await a.run([c]), await b.run([c])]
      // What both refuse, or one for another reason than its data, is another failure than differing rows.
      if (x === undefined || y === undefined || ('error' in x && 'error' in y)) return false
      return compare(x, y, c.plan.schema) === 'different'
    } catch {
      return false
    }
  }
  const least = (await differs(one)) ? await shrink(one, differs) : one
  const [[x], [y]] = [await a.run([least]), await b.run([least])]
  const rows = least.tables.map((t) => `${t.name}: ${t.rows.length} rows`).join(', ')
  return [
    `over ${rows}`,
    x && shown(a.name, x),
    y && shown(b.name, y),
    `  ${a.dialect}: ${printCase(least, a.dialect)}`,
    `  ${b.dialect}: ${printCase(least, b.dialect)}`,
  ].join('\n')
}

/** Makes random plans from a seed, runs them on two engines, and compares their rows as multisets. */
export async function judgePlans(a: PlanPeer, b: PlanPeer, options: JudgeOptions): Promise<Judgement> {
  const random = randomFrom(options.seed)
  let [accepted, failing, failingOnOne, refused] = [0, 0, 0, 0]
  const differences: string[] = []
  while (accepted < options.plans && differences.length < (options.most ?? 5)) {
    const cases: Case[] = []
    while (cases.length < Math.min(batch, options.plans - accepted)) {
      const one = randomCase(random)
      if ([a, b].some((peer) => refusals(one.plan, peer.dialect).length > 0)) refused++
      else cases.push(one)
    }
    const [first, second] = [await a.run(cases), await b.run(cases)]
    for (const [i, one] of cases.entries()) {
      const [x, y] = [first[i], second[i]]
      if (x === undefined || y === undefined) continue
      const verdict = compare(x, y, one.plan.schema)
      if (verdict === 'both fail') failing++
      if (verdict === 'one fails') failingOnOne++
      if (verdict !== 'different') continue
      const difference = await describe(one, a, b)
      differences.push(difference)
      options.onDifference?.(difference)
    }
    accepted += cases.length
    options.onProgress?.(accepted)
  }
  return { accepted, failing, failingOnOne, refused, differences }
}
