import { bool, decimal, type LogicalType, sameType, typeName } from '../plan/type.ts'
import { type ArgInfo, type Dialect, integerKinds, type PrintedCall } from './contract.ts'
import { sqlType } from './dialect.ts'
import { exactShape } from './numeric-type.ts'

const isInteger = (t: LogicalType): boolean => (integerKinds as readonly string[]).includes(t.kind)
const isExact = (t: LogicalType): boolean => isInteger(t) || t.kind === 'decimal'
const isNumber = (t: LogicalType): boolean => isExact(t) || t.kind === 'float64'

/** The decimal type with these digits, or a sentence when it needs more than 38. */
export function decimalOrProblem(precision: number, scale: number): LogicalType | string {
  if (precision <= 38) return decimal(precision, scale)
  return `the exact result needs decimal(${precision},${scale}); at most 38 digits are supported, so round or cast an operand first`
}

function commonPair(a: LogicalType, b: LogicalType): LogicalType | string {
  if (sameType(a, b)) return a
  if (!isNumber(a) || !isNumber(b)) return `${typeName(a)} and ${typeName(b)} have no common type`
  if (a.kind === 'float64' || b.kind === 'float64') return { kind: 'float64' }
  if (isInteger(a) && isInteger(b)) {
    if (a.kind === 'uint64' || b.kind === 'uint64') return decimal(20, 0)
    return exactShape(a).precision >= exactShape(b).precision ? a : b
  }
  const x = exactShape(a)
  const y = exactShape(b)
  const scale = Math.max(x.scale, y.scale)
  return decimalOrProblem(Math.max(x.precision - x.scale, y.precision - y.scale) + scale, scale)
}

/**
 * The one type that holds every value of all given types: the wider integer, the covering decimal (decimal(20,0) for
 * uint64 beside a signed integer), float64 beside a float64; otherwise all types must be the same. A sentence when there
 * is none.
 */
export function commonType(args: readonly ArgInfo[]): LogicalType | string {
  const typed = args.map((a) => a.type)
  const [first, ...rest] = typed
  if (first === undefined) return 'at least one argument is needed'
  return rest.reduce<LogicalType | string>((a, b) => (typeof a === 'string' ? a : commonPair(a, b)), first)
}

/** Prints an argument cast to a type, unless it has that type already. */
export function coerced(sql: string, from: LogicalType, to: LogicalType, dialect: Dialect): string {
  return sameType(from, to) ? sql : `CAST(${sql} AS ${sqlType(to, dialect)})`
}

/** Prints all arguments of a call cast to one type. */
export function coercedArgs(
  args: readonly string[],
  call: PrintedCall,
  to: LogicalType,
  dialect: Dialect,
): readonly string[] {
  return args.map((sql, i) => coerced(sql, call.args[i]?.type ?? to, to, dialect))
}

/** A result type for functions that accept only arguments with a common type, and give bool. */
export function boolOfCommon(args: readonly ArgInfo[]): LogicalType | string {
  const common = commonType(args)
  return typeof common === 'string' ? common : bool
}
