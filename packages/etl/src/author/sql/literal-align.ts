import type { Expression, LiteralExpression } from '../../plan/expression.ts'
import { decimal, type LogicalType } from '../../plan/type.ts'
import { exactShape } from '../../function/numeric-type.ts'
import { retype } from './literal.ts'

const isLiteral = (e: Expression): e is LiteralExpression => e.kind === 'literal'
const exact = ['int8', 'int16', 'int32', 'int64', 'uint64', 'decimal']

/** The type that holds the values of two; undefined when there is none. */
export function widerType(a: LogicalType, b: LogicalType): LogicalType | undefined {
  if (a.kind === b.kind && a.kind !== 'decimal') return a
  if (a.kind === 'float64' && exact.includes(b.kind)) return a
  if (b.kind === 'float64' && exact.includes(a.kind)) return b
  if (a.kind === 'date' && b.kind === 'timestamp') return b
  if (a.kind === 'timestamp' && b.kind === 'date') return a
  if (!exact.includes(a.kind) || !exact.includes(b.kind)) return undefined
  const x = exactShape(a)
  const y = exactShape(b)
  if (a.kind !== 'decimal' && b.kind !== 'decimal') return x.precision >= y.precision ? a : b
  const scale = Math.max(x.scale, y.scale)
  const precision = Math.max(x.precision - x.scale, y.precision - y.scale) + scale
  return precision <= 38 ? decimal(precision, scale) : undefined
}

function typeOfLiterals(literals: readonly LiteralExpression[]): LogicalType | undefined {
  const typed = literals.filter((l) => l.value !== null)
  return typed.reduce<LogicalType | undefined>(
    (type, l) => (type === undefined ? l.type : (widerType(type, l.type) ?? type)),
    undefined,
  )
}

/**
 * Gives literals the type of the arguments they stand beside: an ISO text beside a date is a date, a number beside a
 * decimal a decimal, NULL anything. Literals that do not fit stay as they are, for the catalogue to judge.
 */
export function alignLiterals(args: readonly Expression[]): readonly Expression[] {
  const literals = args.filter(isLiteral)
  if (literals.length === 0) return args
  const peer = args.find((a) => !isLiteral(a))?.type ?? typeOfLiterals(literals)
  if (peer === undefined) return args
  return args.map((a) => {
    if (!isLiteral(a)) return a
    // A number with more digits after the point than its peer keeps them.
    const wider = a.value === null || a.type.kind === 'text' ? peer : (widerType(peer, a.type) ?? peer)
    return retype(a, peer) ?? retype(a, wider) ?? a
  })
}
