import type { Dialect, FunctionDefinition, Refusal } from '../../packages/etl/src/function/contract.ts'
import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import type { LogicalType } from '../../packages/etl/src/plan/type.ts'
import { sameValue } from './equal.ts'
import { type Probe, type ProbeOptions, probesOf } from './probe.ts'

/** What a dialect answered: the values in order and whether their SQL type was the promised one, or an error. */
export type Answer =
  | { readonly values: readonly LiteralValue[]; readonly typed: boolean }
  /** `runtime` tells an error that a value raised from one of a statement that cannot be run at all. */
  | { readonly error: string; readonly runtime: boolean }

/** A database that answers probes. */
export interface Peer extends AsyncDisposable {
  readonly dialect: Dialect
  /** What it is called in titles and verdicts: the dialect, with the version where there are several. */
  readonly name: string
  answer(sql: string, type: LogicalType): Promise<Answer>
  /** Answers many probes in few statements, in their order; for databases where a statement costs much. */
  answerAll?(probes: readonly Probe[]): Promise<readonly Answer[]>
}

/** How a function fared on a dialect. */
export interface Verdict {
  readonly function: string
  readonly dialect: Dialect
  /** The name of the peer. */
  readonly peer: string
  readonly cases: number
  /** One line per broken promise; empty is good. */
  readonly failures: readonly string[]
  readonly refusal?: Refusal
}

/** What a peer answers to probes, in their order. */
export async function answersOf(peer: Peer, probes: readonly Probe[]): Promise<readonly Answer[]> {
  if (peer.answerAll !== undefined) return peer.answerAll(probes)
  const answers: Answer[] = []
  for (const probe of probes) answers.push(await peer.answer(probe.sql, probe.type))
  return answers
}

function complaint(probe: Probe, answer: Answer): string | undefined {
  const at = `${probe.mode}: ${probe.sql}`
  if ('error' in answer) {
    if (probe.out === undefined && answer.runtime) return undefined
    return `${at}\n    failed: ${answer.error}`
  }
  if (probe.out === undefined) return `${at}\n    must fail, gave ${JSON.stringify(answer.values)}`
  const wanted = probe.out
  const same =
    wanted.length === answer.values.length &&
    wanted.every((v, i) => sameValue(v, answer.values[i] as LiteralValue, probe.type))
  if (!same)
    return `${at}\n    expected ${JSON.stringify(wanted)}\n    got      ${JSON.stringify(answer.values)}`
  return answer.typed ? undefined : `${at}\n    gave another SQL type than ${JSON.stringify(probe.type)}`
}

async function failuresOf(
  f: FunctionDefinition,
  peer: Peer,
  options: ProbeOptions,
): Promise<{ cases: number; failures: string[] }> {
  const failures: string[] = []
  let probes: Probe[]
  try {
    probes = probesOf(f, options)
  } catch (error) {
    return { cases: 1, failures: [String(error)] }
  }
  for (const [index, answer] of (await answersOf(peer, probes)).entries()) {
    const wrong = complaint(probes[index] as Probe, answer)
    if (wrong !== undefined) failures.push(wrong)
  }
  return { cases: probes.length, failures }
}

/**
 * Puts every edge row of a function to a peer. A function that the dialect refuses as `not yet` is tried all the same, and
 * fails when all its rows come out right: the mark must go.
 */
export async function judge(f: FunctionDefinition, peer: Peer): Promise<Verdict> {
  const { dialect } = peer
  const print = f.print[dialect]
  const base = { function: f.name, dialect, peer: peer.name }
  if (typeof print === 'function') return { ...base, ...(await failuresOf(f, peer, { dialect })) }
  if (print.refused === 'never') return { ...base, cases: 1, failures: [], refusal: print }
  const attempt = print.attempt ?? Object.values(f.print).find((p) => typeof p === 'function')
  if (attempt === undefined) return { ...base, cases: 1, failures: ['no dialect has it'], refusal: print }
  const tried = await failuresOf(f, peer, { dialect, attempt })
  const failures =
    tried.failures.length === 0
      ? [`${f.name} is refused by ${dialect}, but all rows are right: unmark it`]
      : []
  return { ...base, cases: tried.cases, failures, refusal: print }
}
