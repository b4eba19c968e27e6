import type { Expression, LiteralExpression, LiteralValue } from '../../plan/expression.ts'
import { decimal, float64, int32, int64, type LogicalType, text } from '../../plan/type.ts'
import type { ConstantAst } from './ast.ts'
import { duckdbOnly } from './portability.ts'

/** Makes a typed literal. */
export function literal(value: LiteralValue, type: LogicalType): LiteralExpression {
  return { kind: 'literal', value, type, nullable: value === null }
}

/** NULL before its type is known; `retype` gives it one. */
export const nullLiteral: LiteralExpression = literal(null, int32)

/** Writes an unscaled integer with `scale` digits after the point. */
function decimalText(unscaled: string, scale: number): string {
  if (scale === 0) return unscaled
  const negative = unscaled.startsWith('-')
  const digits = (negative ? unscaled.slice(1) : unscaled).padStart(scale + 1, '0')
  return `${negative ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** Reads a constant of the tree. */
export function constantLiteral(ast: ConstantAst): LiteralExpression {
  const { type, is_null: isNull, value } = ast.value
  if (isNull) return nullLiteral
  const written = String(value)
  switch (type.id) {
    case 'TINYINT':
    case 'SMALLINT':
    case 'INTEGER':
      return literal(written, int32)
    case 'BIGINT':
      return literal(written, int64)
    case 'HUGEINT': {
      const { upper, lower } = value as { readonly upper: string; readonly lower: string }
      const huge = ((BigInt(upper) << 64n) + BigInt(lower)).toString()
      return literal(huge, decimal(huge.replace('-', '').length, 0))
    }
    case 'DECIMAL': {
      const scale = type.type_info?.scale ?? 0
      // Wide decimals arrive in two halves; nobody writes such constants.
      if (typeof value === 'object')
        return duckdbOnly('a decimal constant of more than 18 digits', ast.query_location)
      return literal(decimalText(written, scale), decimal(type.type_info?.width ?? 18, scale))
    }
    case 'DOUBLE':
      return Number.isFinite(Number(written))
        ? literal(written, float64)
        : duckdbOnly('an infinite constant', ast.query_location)
    case 'VARCHAR':
      return literal(written, text)
    default:
      return duckdbOnly(`a constant of type ${type.id}`, ast.query_location)
  }
}

const intBounds: Readonly<Record<string, readonly [bigint, bigint]>> = {
  int8: [-128n, 127n],
  int16: [-32_768n, 32_767n],
  int32: [-2_147_483_648n, 2_147_483_647n],
  int64: [-9_223_372_036_854_775_808n, 9_223_372_036_854_775_807n],
  uint64: [0n, 18_446_744_073_709_551_615n],
}

function exactTo(value: string, to: LogicalType): string | undefined {
  const [whole = '', fraction = ''] = value.split('.')
  const bounds = intBounds[to.kind]
  if (bounds !== undefined) {
    return fraction === '' && BigInt(whole) >= bounds[0] && BigInt(whole) <= bounds[1] ? whole : undefined
  }
  if (to.kind === 'float64') return value
  if (to.kind !== 'decimal' || fraction.length > to.scale) return undefined
  const digits = whole.replace(/^-?0*/, '').length
  if (digits > to.precision - to.scale) return undefined
  return decimalText(`${whole}${fraction.padEnd(to.scale, '0')}`.replace(/^(-?)0+(?=\d)/, '$1'), to.scale)
}

const isoDate = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/
const isoTimestamp = /^(\d{4}-\d\d-\d\d)(?:[ T]([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d)(?:\.(\d{1,6}))?)?)?$/

/** A day that the calendar has. */
function realDate(value: string): boolean {
  return isoDate.test(value) && new Date(`${value}T00:00:00Z`).toISOString().startsWith(value)
}

function timestampText(value: string): string | undefined {
  const match = isoTimestamp.exec(value)
  const [, day = '', hour = '00', minute = '00', second = '00', fraction = ''] = match ?? []
  if (!realDate(day)) return undefined
  return `${day}T${hour}:${minute}:${second}.${fraction.padEnd(6, '0')}`
}

function textTo(value: string, to: LogicalType): LiteralValue | undefined {
  switch (to.kind) {
    case 'date':
      return realDate(value) ? value : undefined
    case 'timestamp':
      return timestampText(value)
    case 'bool':
      return { t: true, true: true, f: false, false: false }[value.toLowerCase()]
    case 'uuid':
      return /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value) ? value.toLowerCase() : undefined
    default:
      return /^-?\d+(\.\d+)?$/.test(value) && to.kind !== 'text' ? exactTo(value, to) : undefined
  }
}

const exactKinds = ['int8', 'int16', 'int32', 'int64', 'uint64', 'decimal']

/**
 * Gives a literal another type when the value is the same in it: wider or narrower numbers that hold it, ISO texts as
 * dates and timestamps, NULL as anything. Undefined otherwise.
 */
export function retype(from: LiteralExpression, to: LogicalType): LiteralExpression | undefined {
  if (from.value === null) return literal(null, to)
  if (from.type.kind === to.kind && to.kind !== 'decimal') return from
  if (typeof from.value !== 'string') return undefined
  let value: LiteralValue | undefined
  if (exactKinds.includes(from.type.kind)) value = exactTo(from.value, to)
  else if (from.type.kind === 'text') value = textTo(from.value, to)
  else if (from.type.kind === 'date' && to.kind === 'timestamp') value = timestampText(from.value)
  return value === undefined ? undefined : literal(value, to)
}

/** The narrowest exact type of an integer literal, so that decimal arithmetic does not widen for its sake. */
export function narrowLiteral(e: Expression): Expression {
  if (e.kind !== 'literal' || typeof e.value !== 'string' || !['int32', 'int64'].includes(e.type.kind))
    return e
  return literal(e.value, decimal(e.value.replace('-', '').length, 0))
}
