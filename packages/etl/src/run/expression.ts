import { EtlError } from '../base/errors.ts'
import type { Resolved } from '../function/contract.ts'
import { resolveCall } from '../function/resolve.ts'
import type { Expression, LiteralValue } from '../plan/expression.ts'
import type { Field, LogicalType } from '../plan/type.ts'

/** A column as an expression. */
export const ref = (f: Field): Expression => ({
  kind: 'column',
  name: f.name,
  type: f.type,
  nullable: f.nullable,
})

/** A value as an expression. */
export const literal = (type: LogicalType, value: LiteralValue): Expression => ({
  kind: 'literal',
  type,
  nullable: false,
  value,
})

/** The expression of a call that the run itself makes, which is never wrong. */
export function sound(resolved: Resolved): Expression {
  if ('problem' in resolved) throw new EtlError('bug.unreachable', resolved.problem)
  return resolved.expression
}

/** A call of a function of the catalogue. */
export const call = (name: string, ...args: readonly Expression[]): Expression =>
  sound(resolveCall(name, args))
