import { dateText, timestampText } from '../../canonical-text.ts'
import type { Message } from './codec.ts'
import type { Answer } from './execute.ts'

/** What was counted while rows passed, by the name of the observation; in the order the metrics were given. */
export type Observations = ReadonlyMap<string, readonly (string | boolean | null)[]>

/** One counted value in canonical form. */
function literalText(literal: Message<'Expression.Literal'>): string | boolean | null {
  if (literal.boolean !== undefined) return literal.boolean
  if (literal.decimal !== undefined) return literal.decimal.value ?? '0'
  if (literal.date !== undefined) return dateText(literal.date)
  if (literal.binary !== undefined) return Buffer.from(literal.binary).toString('hex')
  const moment = literal.timestamp_ntz ?? literal.timestamp
  if (moment !== undefined) return timestampText(moment)
  const { byte, short, integer, long, float, double, string } = literal
  const value = byte ?? short ?? integer ?? long ?? float ?? double ?? string
  return value === undefined ? null : String(value)
}

/** Notes what an answer says of observations. */
export function noteObservations(
  answer: Answer,
  into: Map<string, readonly (string | boolean | null)[]>,
): void {
  for (const { name, values = [] } of answer.observed_metrics ?? []) {
    if (name !== undefined) into.set(name, values.map(literalText))
  }
}
