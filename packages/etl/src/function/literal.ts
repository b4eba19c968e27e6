import type { LiteralExpression, LiteralValue } from '../plan/expression.ts'
import { decimal, type Kind, type LogicalType, typeName } from '../plan/type.ts'
import type { JsLiteral } from './signature.ts'

const bounds: Partial<Record<Kind, readonly [bigint, bigint]>> = {
  int8: [-128n, 127n],
  int16: [-32768n, 32767n],
  int32: [-2147483648n, 2147483647n],
  int64: [-(2n ** 63n), 2n ** 63n - 1n],
  uint64: [0n, 2n ** 64n - 1n],
}

const datePattern = /^\d{4}-\d{2}-\d{2}$/
const timePattern = /^\d{2}:\d{2}:\d{2}(\.\d{1,6})?$/
const timestampPattern = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}:\d{2})(\.\d{1,6})?Z?)?$/
const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Writes a number without an exponent, exactly as JavaScript shows it; `undefined` for NaN and the infinities. */
export function plainNumber(value: number | bigint): string | undefined {
  const shown = String(value)
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(shown)
  if (match === null) return undefined
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = match
  const point = whole.length + Number(exponent)
  const digits = (whole + fraction)
    .padEnd(point, '0')
    .padStart(whole.length + fraction.length + Math.max(0, 1 - point), '0')
  const at = Math.max(1, point)
  const rest = digits.slice(at)
  return `${sign}${digits.slice(0, at)}${rest === '' ? '' : `.${rest}`}`
}

/** The smallest decimal type that holds a plain number text. */
export function decimalShape(plain: string): LogicalType {
  const [whole = '', fraction = ''] = plain.replace('-', '').split('.')
  const digits = whole.replace(/^0+/, '').length
  return decimal(Math.max(1, digits + fraction.length), fraction.length)
}

function realDate(text: string): boolean {
  const parsed = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(parsed.getTime()) && parsed.toISOString().startsWith(text)
}

function micros(text: string): string | undefined {
  const match = timestampPattern.exec(text)
  const day = match?.[1]
  if (day === undefined || !realDate(day)) return undefined
  const clock = match?.[2] ?? '00:00:00'
  if (!/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(clock)) return undefined
  return `${day}T${clock}.${(match?.[3] ?? '.').slice(1).padEnd(6, '0')}`
}

function numberValue(value: number | bigint | string, type: LogicalType): LiteralValue | undefined {
  const plain =
    typeof value === 'string' ? (/^-?\d+(\.\d+)?$/.test(value) ? value : undefined) : plainNumber(value)
  if (type.kind === 'float64') return typeof value === 'number' ? String(value) : plain
  if (plain === undefined) return undefined
  if (type.kind === 'decimal') {
    const needed = decimalShape(plain.includes('.') ? plain.replace(/\.?0+$/, '') : plain)
    if (needed.kind !== 'decimal' || needed.scale > type.scale) return undefined
    if (needed.precision - needed.scale > type.precision - type.scale) return undefined
    const [whole = '', fraction = ''] = plain.split('.')
    const kept = fraction.slice(0, type.scale).padEnd(type.scale, '0')
    return kept === '' ? whole : `${whole}.${kept}`
  }
  const range = bounds[type.kind]
  if (range === undefined || plain.includes('.') || typeof value === 'string') return undefined
  const whole = BigInt(plain)
  return whole >= range[0] && whole <= range[1] ? String(whole) : undefined
}

function textValue(value: string, type: LogicalType): LiteralValue | undefined {
  switch (type.kind) {
    case 'text':
    case 'json':
      return value
    case 'date':
      return datePattern.test(value) && realDate(value) ? value : undefined
    case 'time':
      return timePattern.test(value) ? `${value.slice(0, 8)}.${value.slice(9).padEnd(6, '0')}` : undefined
    case 'timestamp':
      return micros(value)
    case 'uuid':
      return uuidPattern.test(value) ? value.toLowerCase() : undefined
    default:
      return undefined
  }
}

function canonical(value: JsLiteral, type: LogicalType): LiteralValue | undefined {
  if (value === null) return null
  if (typeof value === 'boolean') return type.kind === 'bool' ? value : undefined
  if (typeof value === 'number' || typeof value === 'bigint') return numberValue(value, type)
  if (typeof value === 'string')
    return type.kind === 'decimal' ? numberValue(value, type) : textValue(value, type)
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) return undefined
    const iso = value.toISOString()
    if (type.kind === 'date') return iso.endsWith('T00:00:00.000Z') ? iso.slice(0, 10) : undefined
    return type.kind === 'timestamp' ? micros(iso) : undefined
  }
  if (value instanceof Uint8Array)
    return type.kind === 'bytes' ? Buffer.from(value).toString('hex') : undefined
  if (type.kind !== 'list') return undefined
  const items = value.map((item) => canonical(item, type.element))
  return items.some((i) => i === undefined) ? undefined : (items as LiteralValue[])
}

/** Writes a plain value as a literal of exactly this type; a sentence when the value is none of that type. */
export function literalOf(value: JsLiteral, type: LogicalType): LiteralExpression | string {
  const written = canonical(value, type)
  if (written === undefined) return `${shown(value)} is no value of ${typeName(type)}`
  return { kind: 'literal', value: written, type, nullable: written === null }
}

function shown(value: JsLiteral): string {
  if (typeof value === 'string') return `"${value}"`
  return value instanceof Date ? 'the date' : String(value)
}

/** The type that a plain value has by itself: int64, decimal, text, bool, timestamp, bytes or a list of them. */
export function naturalType(value: JsLiteral): LogicalType | undefined {
  if (value === null) return undefined
  switch (typeof value) {
    case 'boolean':
      return { kind: 'bool' }
    case 'string':
      return { kind: 'text' }
    case 'bigint':
      return { kind: 'int64' }
    case 'number': {
      const plain = plainNumber(value)
      if (plain === undefined) return { kind: 'float64' }
      return plain.includes('.') || plain.length > 18 ? decimalShape(plain) : { kind: 'int64' }
    }
    default:
  }
  if (value instanceof Date) return { kind: 'timestamp' }
  if (value instanceof Uint8Array) return { kind: 'bytes' }
  const first = (value as readonly JsLiteral[]).find((v) => v !== null)
  const element = first === undefined ? undefined : naturalType(first)
  return element === undefined ? undefined : { kind: 'list', element }
}

const simpleKind = (kind: Kind): LogicalType =>
  kind === 'decimal'
    ? decimal(18, 3)
    : kind === 'list'
      ? { kind: 'list', element: { kind: 'text' } }
      : ({ kind } as LogicalType)

/** The types worth trying for a literal, best first. */
function candidates(
  value: JsLiteral,
  accepts: readonly Kind[],
  peer: LogicalType | undefined,
): LogicalType[] {
  const tried: LogicalType[] = []
  if (peer !== undefined) {
    // A literal beside a decimal keeps its own few digits, so that exact results do not grow for nothing.
    if (peer.kind === 'decimal' && (typeof value === 'number' || typeof value === 'string')) {
      const plain = typeof value === 'number' ? plainNumber(value) : value
      if (plain !== undefined && /^-?\d+(\.\d+)?$/.test(plain)) tried.push(decimalShape(plain))
    } else tried.push(peer)
  }
  const natural = naturalType(value)
  if (natural !== undefined && accepts.includes(natural.kind)) tried.push(natural)
  if (typeof value === 'number' && accepts.includes('decimal')) {
    const plain = plainNumber(value)
    if (plain !== undefined) tried.push(decimalShape(plain))
  }
  if (typeof value === 'string' && accepts.includes('decimal') && /^-?\d+(\.\d+)?$/.test(value))
    tried.push(decimalShape(value))
  for (const kind of accepts)
    if (kind !== 'decimal' && kind !== 'struct' && kind !== 'map') tried.push(simpleKind(kind))
  return value === null && tried.length === 0 ? [simpleKind(accepts[0] ?? 'text')] : tried
}

/**
 * Writes a plain value as a literal for a parameter: in the type of its `peer` (another argument of the same group) when
 * the value is one of that type, else in the first accepted type that fits. A sentence when none does.
 */
export function literalFor(
  value: JsLiteral,
  accepts: readonly Kind[],
  peer?: LogicalType,
): LiteralExpression | string {
  for (const type of candidates(value, accepts, peer)) {
    const literal = literalOf(value, type)
    if (typeof literal !== 'string') return literal
  }
  return `${shown(value)} fits none of ${accepts.join(', ')}`
}
