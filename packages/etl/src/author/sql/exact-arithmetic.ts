import { exactShape } from '../../function/numeric-type.ts'
import type { Expression } from '../../plan/expression.ts'
import { int32, type LogicalType } from '../../plan/type.ts'
import { literal, narrowLiteral } from './literal.ts'
import type { Call } from './rule.ts'

const exact = ['int8', 'int16', 'int32', 'int64', 'uint64', 'decimal']
const isExact = (e: Expression): boolean => exact.includes(e.type.kind)

/** Integer digits that an operand keeps at least when it is narrowed to make room for an exact result. */
const leastWhole = 12

/** Casts to a decimal; a value that does not fit fails the run, as DuckDB's own overflow does. */
export function toDecimal(e: Expression, precision: number, scale: number, call: Call): Expression {
  return call('to_decimal', [e, literal(String(precision), int32), literal(String(scale), int32)])
}

function narrowed(e: Expression, precision: number, call: Call): Expression {
  const shape = exactShape(e.type)
  if (e.kind === 'literal' || shape.precision <= precision || precision - shape.scale < leastWhole) return e
  return toDecimal(e, precision, shape.scale, call)
}

const precisionOf = (type: LogicalType): number => exactShape(type).precision

/**
 * Prepares the operands of an exact operation. Literals count with their own digits only. Where the exact result would
 * need more than 38 digits, operands are narrowed: DuckDB keeps 38 digits there and fails beyond them, and so does this.
 */
export function exactOperands(name: string, args: readonly Expression[], call: Call): readonly Expression[] {
  if (!args.some((a) => a.type.kind === 'decimal') || !args.every(isExact)) return args
  const own = args.map(narrowLiteral)
  const [x, y] = own
  if (x === undefined || y === undefined) return own
  const scale = Math.max(exactShape(x.type).scale, exactShape(y.type).scale)
  if (name === 'add' || name === 'subtract') {
    // One digit more before the point, in the larger scale.
    return own.map((e) => narrowed(e, 37 - scale + exactShape(e.type).scale, call))
  }
  if (name !== 'multiply' || precisionOf(x.type) + precisionOf(y.type) <= 38) return own
  const wideFirst = precisionOf(x.type) >= precisionOf(y.type)
  return wideFirst
    ? [narrowed(x, 38 - precisionOf(y.type), call), y]
    : [x, narrowed(y, 38 - precisionOf(x.type), call)]
}

/**
 * Prepares what is compared: a date beside a timestamp becomes one, and decimals that need more than 38 digits together
 * are narrowed, as DuckDB does; a value that does not fit fails the run.
 */
export function comparedOperands(args: readonly Expression[], call: Call): readonly Expression[] {
  if (args.some((a) => a.type.kind === 'timestamp'))
    return args.map((a) => (a.type.kind === 'date' && a.kind !== 'literal' ? call('to_timestamp', [a]) : a))
  if (!args.some((a) => a.type.kind === 'decimal') || !args.every(isExact)) return args
  const shapes = args.map((a) => exactShape(a.type))
  const scale = Math.max(...shapes.map((s) => s.scale))
  const whole = Math.max(...shapes.map((s) => s.precision - s.scale))
  if (whole + scale <= 38) return args
  return args.map((a) => narrowed(a, 38 - scale + exactShape(a.type).scale, call))
}
