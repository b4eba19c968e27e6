import type { Expression } from '../../plan/expression.ts'
import { bool, bytes, date, decimal, float64, int16, int32, int64, int8, type LogicalType, sameType, text, time, timestamp, typeName, uint64, uuid } from '../../plan/type.ts'
import { findFunction } from '../../function/catalogue.ts'
import type { TypeAst } from './ast.ts'
import { retype } from './literal.ts'
import type { Call } from './names.ts'

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

/** Casts whose DuckDB meaning the catalogue has; a sentence for the others. */
function convert(e: Expression, to: LogicalType, call: Call): Expression | string {
  const from = e.type.kind
  if (from === to.kind && to.kind !== 'decimal') return e
  if (to.kind === 'float64' && exact.includes(from)) return call('to_float64', [e])
  // DuckDB rounds decimals half away from zero, which is the catalogue's half_up.
  const name = to.kind === 'decimal' ? 'to_decimal' : `to_${to.kind}`
  if (exact.includes(from) && exact.includes(to.kind) && findFunction(name) !== undefined) {
    return castNumber(e, to, name, call)
  }
  if (to.kind === 'date' && from === 'timestamp') return call('to_date', [e])
  if (to.kind === 'timestamp' && from === 'date') return call('to_timestamp', [e])
  if (to.kind === 'text' && ['int8', 'int16', 'int32', 'int64', 'uint64', 'decimal', 'bool', 'date', 'uuid'].includes(from)) {
    return call('to_text', [e])
  }
  const advice = from === 'text' ? (hint[to.kind] ?? 'use a parse function') : 'no conversion means the same everywhere'
  return `a cast of ${typeName(e.type)} to ${typeName(to)}; ${advice}`
}

function castNumber(e: Expression, to: LogicalType, name: string, call: Call): Expression | string {
  if (to.kind === 'decimal') {
    const digits = [to.precision, to.scale].map((n) => ({ kind: 'literal', value: String(n), type: int32, nullable: false }) as const)
    return call(name, [e, ...digits])
  }
  return call(name, [e])
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
