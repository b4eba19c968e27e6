import type { Expression } from '../../plan/expression.ts'
import {
  bool,
  bytes,
  date,
  decimal,
  float64,
  int16,
  int32,
  int64,
  int8,
  type LogicalType,
  sameType,
  text,
  time,
  timestamp,
  typeName,
  uint64,
  uuid,
} from '../../plan/type.ts'
import type { TypeAst } from './ast.ts'
import { toDecimal } from './exact-arithmetic.ts'
import { literal, retype } from './literal.ts'
import type { Call } from './rule.ts'

const types: Readonly<Record<string, LogicalType>> = {
  BOOLEAN: bool,
  TINYINT: int8,
  SMALLINT: int16,
  INTEGER: int32,
  BIGINT: int64,
  UBIGINT: uint64,
  DOUBLE: float64,
  VARCHAR: text,
  BLOB: bytes,
  DATE: date,
  TIME: time,
  TIMESTAMP: timestamp,
  UUID: uuid,
}

/** The logical type that a cast names; undefined for others. */
export function castType(ast: TypeAst): LogicalType | undefined {
  if (ast.id === 'DECIMAL') return decimal(ast.type_info?.width ?? 18, ast.type_info?.scale ?? 3)
  return Object.hasOwn(types, ast.id) ? types[ast.id] : undefined
}

const integers = ['int8', 'int16', 'int32', 'int64', 'uint64']
const exact = [...integers, 'decimal']

const hint: Partial<Record<LogicalType['kind'], string>> = {
  date: 'parse it with explicit formats',
  timestamp: 'parse it with explicit formats',
  time: 'parse it with explicit formats',
}

const spelled = [...exact, 'bool', 'date', 'uuid']

/** Whether a float64 has no digits after the point by its making, so that no rounding decides. */
const isWhole = (e: Expression): boolean =>
  e.kind === 'call' &&
  (['ceil', 'floor'].includes(e.function) || (e.function === 'round' && e.args.length === 1))

/** Casts whose DuckDB meaning the catalogue has; a sentence for the others. */
function convert(e: Expression, to: LogicalType, call: Call): Expression | string {
  const from = e.type.kind
  if (from === to.kind && to.kind !== 'decimal') return e
  if (exact.includes(from)) {
    // Both round halves away from zero.
    if (to.kind === 'decimal') return toDecimal(e, to.precision, to.scale, call)
    if (to.kind === 'float64') return call('to_float64', [e])
    if (integers.includes(to.kind)) {
      const losesDigits = e.type.kind === 'decimal' && e.type.scale > 0
      return call(`to_${to.kind}`, losesDigits ? [e, literal('half_up', text)] : [e])
    }
    if (to.kind === 'bool' && integers.includes(from)) return call('to_bool', [e])
  }
  if (from === 'float64' && integers.includes(to.kind) && isWhole(e))
    return call(`to_${to.kind}`, [e, literal('trunc', text)])
  if (to.kind === 'date' && from === 'timestamp') return call('to_date', [e])
  if (to.kind === 'timestamp' && from === 'date') return call('to_timestamp', [e])
  if (to.kind === 'text' && spelled.includes(from)) return call('to_text', [e])
  const advice =
    from === 'text' ? (hint[to.kind] ?? 'use a parse function') : 'no conversion means the same everywhere'
  return `a cast of ${typeName(e.type)} to ${typeName(to)}; ${advice}`
}

/** Translates a cast; literals change their type in place. A sentence says why a cast stays with DuckDB. */
export function translateCast(e: Expression, ast: TypeAst, call: Call): Expression | string {
  const to = castType(ast)
  if (to === undefined) return `a cast to ${ast.id}`
  if (sameType(e.type, to)) return e
  if (e.kind === 'literal') {
    const literal = retype(e, to)
    if (literal !== undefined) return literal
  }
  return convert(e, to, call)
}
