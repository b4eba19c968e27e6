import { refusals } from '../../packages/etl/src/engine/print/refusal.ts'
import type { Node } from '../../packages/etl/src/plan/node.ts'
import { compare, shown } from './compare.ts'
import { goldenRows } from './golden.ts'
import type { PlanCase, Values } from './plan-case.ts'
import type { Outcome, PlanPeer, Row } from './plan-peer.ts'
import { printCase } from './print-case.ts'

/** How one case fared on one peer. */
export interface CaseVerdict {
  readonly case: PlanCase
  readonly peer: string
  readonly status: 'equal' | 'fails' | 'refused' | 'rejected' | 'unprinted' | 'wrong'
  /** Of a refusal: the reason. Of what is wrong: all that a person needs. */
  readonly detail: string
  /** The plan, where the front door took it. */
  readonly node?: Node
}

interface Asked {
  readonly one: PlanCase
  readonly node: Node
}

const batchSize = 4

function outcomeOf(one: PlanCase, reference: ReadonlyMap<string, Values>): Outcome {
  if (one.fails === true) return { error: 'must fail by its data', byData: true }
  const rows = one.rows ?? reference.get(one.name) ?? goldenRows(one.name)
  if (rows === undefined)
    return { error: 'has no golden rows: run node conformance/plan/write-golden.ts', byData: false }
  return { rows: rows as readonly Row[] }
}

const problem = (one: PlanCase, peer: PlanPeer, detail: string): CaseVerdict => ({
  case: one,
  peer: peer.name,
  status: 'wrong',
  detail: `${one.name} on ${peer.name}: ${detail}`,
})

/** What can be said of a case before it runs; undefined for one that must run. */
function before(
  one: PlanCase,
  made: Node | readonly { message: string }[],
  peer: PlanPeer,
): CaseVerdict | Asked {
  const verdict = (status: CaseVerdict['status'], detail: string): CaseVerdict => ({
    case: one,
    peer: peer.name,
    status,
    detail,
    ...('kind' in made ? { node: made } : {}),
  })
  if (!('kind' in made)) {
    const said = made.map((d) => d.message).join('\n')
    const wanted = one.rejected
    if (wanted !== undefined && said.includes(wanted)) return verdict('rejected', said)
    return problem(
      one,
      peer,
      `the door rejects it: ${said}${wanted === undefined ? '' : `\nexpected: ${wanted}`}`,
    )
  }
  if (one.rejected !== undefined) return problem(one, peer, 'the door should have rejected it')
  const reasons = refusals(made, peer.dialect)
    .map((d) => d.message)
    .join('\n')
  const expected = one.refused?.[peer.dialect]
  if (expected !== undefined) {
    if (reasons.includes(expected)) return verdict('refused', reasons)
    return problem(one, peer, `should be refused for "${expected}", not "${reasons}"`)
  }
  if (reasons !== '') return problem(one, peer, `is refused: ${reasons}`)
  if (one.unprinted?.includes(peer.dialect) === true) return verdict('unprinted', '')
  return { one, node: made }
}

/**
 * Puts cases to a peer, in the order given. `reference` are rows for cases that have neither written nor golden ones.
 */
export async function judgeCases(
  peer: PlanPeer,
  cases: readonly PlanCase[],
  reference: ReadonlyMap<string, Values> = new Map(),
): Promise<readonly CaseVerdict[]> {
  const verdicts = new Map<PlanCase, CaseVerdict>()
  const asked: Asked[] = []
  for (const one of cases) {
    const found = before(one, await one.plan(), peer)
    if ('one' in found) asked.push(found)
    else verdicts.set(one, found)
  }
  // What must fail runs alone: together with others it would make them fail too.
  const groups = Map.groupBy(asked, ({ one }) => one.fails === true)
  const batches = [...(groups.get(true) ?? []).map((a) => [a]), ...chunks(groups.get(false) ?? [], batchSize)]
  for (const batch of batches) {
    const outcomes = await peer.run(batch.map(({ one, node }) => ({ plan: node, tables: one.tables })))
    for (const [i, { one, node }] of batch.entries()) {
      const outcome = outcomes[i] ?? { error: 'no outcome', byData: false }
      verdicts.set(one, after(one, node, outcome, peer, reference))
    }
  }
  return cases.flatMap((one) => verdicts.get(one) ?? [])
}

function after(
  one: PlanCase,
  node: Node,
  outcome: Outcome,
  peer: PlanPeer,
  reference: ReadonlyMap<string, Values>,
): CaseVerdict {
  const expected = outcomeOf(one, reference)
  const base = { case: one, peer: peer.name, node, detail: '' }
  const verdict = compare(expected, outcome, node.schema)
  if (verdict === 'equal') return { ...base, status: 'equal' }
  if (verdict === 'both fail') return { ...base, status: 'fails' }
  const sql = printCase({ plan: node, tables: one.tables }, peer.dialect)
  return {
    ...problem(one, peer, `\n${shown('expected', expected)}\n${shown(peer.name, outcome)}\n  ${sql}`),
    node,
  }
}

const chunks = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) => items.slice(i * size, (i + 1) * size))
