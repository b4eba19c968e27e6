import { EtlError } from '../../base/errors.ts'
import { decimalOf } from './schema.ts'

/**
 * A primitive value in comparable form: integers, decimals (unscaled), dates (days), times and timestamps (microseconds)
 * as big integers; doubles as numbers; text (UTF-8), binary, fixed and uuid as bytes; booleans as booleans.
 */
export type Value = boolean | bigint | number | Buffer

/**
 * Reads canonical text of an Iceberg primitive, as literals and partition values hold it. Fails with `lake.invalid` for
 * text that is no value of the type.
 */
export function parseValue(type: string, text: string): Value {
  const value = tryParseValue(type, text)
  if (value === undefined) throw new EtlError('lake.invalid', `'${text}' is not a canonical value of ${type}`)
  return value
}

/** Reads canonical text of an Iceberg primitive; undefined for text that is no value of the type. */
export function tryParseValue(type: string, text: string): Value | undefined {
  const digits = decimalOf(type)
  if (digits !== undefined) return parseDecimal(text, digits.scale)
  switch (type) {
    case 'boolean':
      return text === 'true' ? true : text === 'false' ? false : undefined
    case 'int':
    case 'long':
      return /^-?\d+$/.test(text) ? BigInt(text) : undefined
    case 'float':
    case 'double':
      return parseDouble(text)
    case 'string':
      return Buffer.from(text, 'utf8')
    case 'date':
      return parseDate(text)
    case 'time':
      return parseTime(text)
    case 'timestamp':
    case 'timestamptz':
      return parseTimestamp(text)
    case 'uuid':
      return bytesOfHex(text.replaceAll('-', ''), 16)
    default:
      return bytesOfHex(text)
  }
}

function bytesOfHex(hex: string, length?: number): Buffer | undefined {
  if (!/^([0-9a-fA-F]{2})*$/.test(hex)) return undefined
  return length === undefined || hex.length === length * 2 ? Buffer.from(hex, 'hex') : undefined
}

function parseDouble(text: string): number | undefined {
  const special = {
    nan: Number.NaN,
    infinity: Infinity,
    '-infinity': -Infinity,
    inf: Infinity,
    '-inf': -Infinity,
  }
  const known = (special as Record<string, number>)[text.toLowerCase()]
  if (known !== undefined) return known
  return text.trim() !== '' && !Number.isNaN(Number(text)) ? Number(text) : undefined
}

function parseDecimal(text: string, scale: number): bigint | undefined {
  const match = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text)
  if (match === null) return undefined
  const [, sign, whole = '', fraction = ''] = match
  if (fraction.slice(scale).replace(/0+$/, '') !== '') return undefined
  const unscaled = BigInt(whole + fraction.slice(0, scale).padEnd(scale, '0'))
  return sign === '-' ? -unscaled : unscaled
}

const dayMs = 86_400_000

function parseDate(text: string): bigint | undefined {
  const match = /^([+-]?\d{4,6})-(\d\d)-(\d\d)$/.exec(text)
  if (match === null) return undefined
  const at = new Date(0)
  at.setUTCFullYear(Number(match[1]), Number(match[2]) - 1, Number(match[3]))
  return BigInt(at.getTime() / dayMs)
}

function parseTime(text: string): bigint | undefined {
  const match = /^(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?$/.exec(text)
  if (match === null) return undefined
  const seconds = Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0)
  return BigInt(seconds) * 1_000_000n + BigInt((match[4] ?? '').padEnd(6, '0'))
}

function parseTimestamp(text: string): bigint | undefined {
  const match = /^([+-]?\d{4,6}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)?)Z?)?$/.exec(text)
  if (match === null) return undefined
  const days = parseDate(match[1] ?? '')
  const micros = match[2] === undefined ? 0n : parseTime(match[2])
  return days === undefined || micros === undefined ? undefined : days * 86_400_000_000n + micros
}

/** Prints a value as canonical text: the inverse of `parseValue`. */
export function printValue(type: string, value: Value): string {
  if (Buffer.isBuffer(value)) {
    if (type === 'string') return value.toString('utf8')
    const hex = value.toString('hex')
    return type === 'uuid' ? hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-') : hex
  }
  if (typeof value !== 'bigint') return String(value)
  const digits = decimalOf(type)
  if (digits !== undefined) return printDecimal(value, digits.scale)
  if (type === 'date') return printDate(value)
  if (type === 'time') return printTime(value)
  if (type !== 'timestamp' && type !== 'timestamptz') return value.toString()
  const days = floorDivide(value, 86_400_000_000n)
  return `${printDate(days)}T${printTime(value - days * 86_400_000_000n)}`
}

function printDecimal(unscaled: bigint, scale: number): string {
  const digits = (unscaled < 0n ? -unscaled : unscaled).toString().padStart(scale + 1, '0')
  const sign = unscaled < 0n ? '-' : ''
  return scale === 0 ? sign + digits : `${sign}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

function printDate(days: bigint): string {
  return new Date(Number(days) * dayMs).toISOString().replace(/T.*$/, '')
}

function printTime(micros: bigint): string {
  const seconds = Number(micros / 1_000_000n)
  const pad = (n: number): string => String(n).padStart(2, '0')
  const clock = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map(pad).join(':')
  return `${clock}.${String(micros % 1_000_000n).padStart(6, '0')}`
}

/** Divides towards minus infinity. `divisor` is positive. */
export function floorDivide(dividend: bigint, divisor: bigint): bigint {
  const quotient = dividend / divisor
  return dividend % divisor < 0n ? quotient - 1n : quotient
}

/** Orders two values of one type: negative, zero or positive. Bytes compare unsigned; NaN is the greatest number. */
export function compareValues(a: Value, b: Value): number {
  if (Buffer.isBuffer(a) && Buffer.isBuffer(b)) return Buffer.compare(a, b)
  if (typeof a === 'number' && typeof b === 'number') {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(a)) - Number(Number.isNaN(b))
  }
  return a < b ? -1 : a > b ? 1 : 0
}
