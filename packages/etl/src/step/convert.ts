import { resolveCall } from '../function/resolve.ts'
import type { Expression } from '../plan/expression.ts'
import { type Kind, type LogicalType, sameType, typeName } from '../plan/type.ts'
import { call, fail, literal, mismatch } from './build.ts'
import { numberOf } from './parse-number.ts'

const integerBounds: Partial<Record<Kind, readonly [string, string]>> = {
  int8: ['-128', '127'],
  int16: ['-32768', '32767'],
  int32: ['-2147483648', '2147483647'],
  int64: ['-9223372036854775808', '9223372036854775807'],
  uint64: ['0', '18446744073709551615'],
}
const numbers: readonly Kind[] = ['int8', 'int16', 'int32', 'int64', 'uint64', 'decimal', 'float64']

/** ISO 8601 layouts that a text is read by when it is cast; others are for the parse steps. */
const isoFormats: Partial<Record<Kind, readonly string[]>> = {
  date: ['yyyy-MM-dd'],
  time: ['HH:mm:ss', 'HH:mm:ss.SSSSSS'],
  timestamp: ['yyyy-MM-dd HH:mm:ss', "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ssXXX"],
}

const impossible = (from: LogicalType, to: LogicalType): never => {
  throw fail(mismatch(`${typeName(from)} cannot be cast to ${typeName(to)}`))
}

function fromText(value: Expression, to: LogicalType): Expression {
  if (numbers.includes(to.kind)) return numberOf(value, to)
  if (to.kind === 'bool' || to.kind === 'uuid') return call(`parse_${to.kind}`, value)
  const formats = isoFormats[to.kind]
  return formats === undefined ? impossible(value.type, to) : call(`parse_${to.kind}`, value, ...formats)
}

/** The open bounds outside which a number does not fit the type, however it is rounded. */
function bounds(to: LogicalType): readonly [string, string] | undefined {
  if (to.kind === 'decimal') {
    const limit = `1${'0'.repeat(to.precision - to.scale)}`
    return [`-${limit}`, limit]
  }
  return integerBounds[to.kind]
}

function holdsAll(from: LogicalType, to: LogicalType): boolean {
  if (to.kind === 'float64') return true
  const whole: Partial<Record<Kind, number>> = { int8: 3, int16: 5, int32: 10, int64: 19, uint64: 20 }
  if (to.kind === 'decimal') {
    const digits = from.kind === 'decimal' ? from.precision - from.scale : (whole[from.kind] ?? 99)
    const scale = from.kind === 'decimal' ? from.scale : 0
    return to.precision - to.scale >= digits && to.scale >= scale
  }
  const order = ['int8', 'int16', 'int32', 'int64']
  const [a, b] = [order.indexOf(from.kind), order.indexOf(to.kind)]
  return a >= 0 && b >= a
}

const isFloat = (e: Expression): boolean => e.type.kind === 'float64'

/** A number of another type; NULL where it does not fit, so that no run fails for one bad row. */
function fromNumber(value: Expression, to: LogicalType): Expression {
  const fraction = value.type.kind === 'float64' || (value.type.kind === 'decimal' && value.type.scale > 0)
  const cast = (): Expression => {
    if (to.kind === 'decimal') return call('to_decimal', value, to.precision, to.scale)
    const rounding = fraction && to.kind !== 'float64' ? ['half_up'] : []
    return call(`to_${to.kind}`, value, ...rounding)
  }
  if (holdsAll(value.type, to)) return cast()
  const limits = bounds(to)
  if (limits === undefined) return impossible(value.type, to)
  const limit = (text: string): Expression =>
    isFloat(value)
      ? literal(text, { kind: 'float64' })
      : literal(text, { kind: 'decimal', precision: text.replace('-', '').length, scale: 0 })
  // Rounding may carry a number over the limit, so it is rounded to the digits of the result before it is compared.
  const rounded =
    to.kind === 'decimal' || value.type.kind === 'decimal' || isFloat(value) ? roundedTo(value, to) : value
  const [low, high] = limits
  const inside =
    to.kind === 'decimal'
      ? call('and', call('gt', rounded, limit(low)), call('lt', rounded, limit(high)))
      : call(
          'and',
          call('ge', rounded, limit(low)),
          isFloat(value) ? call('lt', rounded, limit(above(high))) : call('le', rounded, limit(high)),
        )
  return call('if', inside, cast(), literal(null, to))
}

/** The bound after the last integer, which a float64 holds exactly where the last one itself is not a float64. */
const above = (high: string): string => String(BigInt(high) + 1n)

function roundedTo(value: Expression, to: LogicalType): Expression {
  if (value.type.kind !== 'decimal' && value.type.kind !== 'float64') return value
  const scale = to.kind === 'decimal' ? to.scale : 0
  const resolved = resolveCall('round', [value, literal(String(scale), { kind: 'int32' })])
  return 'expression' in resolved ? resolved.expression : value
}

/**
 * A value in another type, exactly or rounded half away from zero; NULL where it has none there. Fails with
 * `plan.type-mismatch` when no value of the type can be cast.
 */
export function converted(value: Expression, to: LogicalType): Expression {
  const from = value.type
  if (sameType(from, to)) return value
  if (from.kind === 'text') return fromText(value, to)
  if (to.kind === 'text') return call('to_text', value)
  if (numbers.includes(from.kind) && numbers.includes(to.kind)) return fromNumber(value, to)
  if (to.kind === 'bool' && from.kind in integerBounds) return call('to_bool', value)
  if (to.kind === 'date' && from.kind === 'timestamp') return call('to_date', value)
  if (to.kind === 'timestamp' && from.kind === 'date') return call('to_timestamp', value)
  return impossible(from, to)
}
