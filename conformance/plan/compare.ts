import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import type { Field, Schema } from '../../packages/etl/src/plan/type.ts'
import { sameValue } from '../function/equal.ts'
import type { Outcome, Row } from './plan-peer.ts'

/** Below this floats have fewer than 53 bits, and no relative error is to be had: half of the least is 0. */
const leastNormal = 2 ** -1022

const vanishes = (value: LiteralValue): boolean => value !== null && Math.abs(Number(value)) < leastNormal

function sameField(a: LiteralValue, b: LiteralValue, { type }: Field): boolean {
  return sameValue(a, b, type) || (type.kind === 'float64' && vanishes(a) && vanishes(b))
}

const sameRow = (a: Row, b: Row, schema: Schema): boolean =>
  schema.every((f, i) => sameField(a[i] as LiteralValue, b[i] as LiteralValue, f))

/** Whether rows are equal as multisets: exact, but floats to a relative 1e-9, down to where they lose bits. */
function sameRows(a: readonly Row[], b: readonly Row[], schema: Schema): boolean {
  if (a.length !== b.length) return false
  const left = [...b]
  for (const row of a) {
    const at = left.findIndex((other) => sameRow(row, other, schema))
    if (at < 0) return false
    left.splice(at, 1)
  }
  return true
}

/**
 * How the outcomes of a plan on two engines relate. `one fails`: by its data, where the other never needed the value; in
 * which order filters and calls are computed is each engine's own. No row is wrong then, but it must stay rare.
 */
export type Verdict = 'equal' | 'both fail' | 'one fails' | 'different'

export function compare(a: Outcome, b: Outcome, schema: Schema): Verdict {
  if ('rows' in a && 'rows' in b) return sameRows(a.rows, b.rows, schema) ? 'equal' : 'different'
  if ('rows' in a || 'rows' in b) {
    const failed = 'rows' in a ? b : a
    return 'error' in failed && failed.byData ? 'one fails' : 'different'
  }
  return a.byData && b.byData ? 'both fail' : 'different'
}

const shownRows = (outcome: Outcome): string =>
  'rows' in outcome
    ? outcome.rows
        .map((r) => `    ${JSON.stringify(r)}`)
        .toSorted()
        .slice(0, 20)
        .join('\n')
    : `    fails: ${outcome.error.slice(0, 600)}`

/** Two outcomes for a person to read. */
export const shown = (name: string, outcome: Outcome): string => `  ${name}:\n${shownRows(outcome)}`
