import { EtlError } from '../../base/errors.ts'
import type { LogicalType } from '../../plan/type.ts'
import type { HttpIncremental } from '../http.ts'

const dayMs = 86_400_000n

const timestampPattern =
  /^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2}):(\d{2})(?:\.(\d{3}|\d{6}))?(?:(Z)|([+-])(\d{2}):(\d{2}))?$/
const datePattern = /^(\d{4})-(\d{2})-(\d{2})$/

/** Milliseconds of a day, or undefined where there is no such day. */
function dayOf(year: string, month: string, day: string): bigint | undefined {
  const at = new Date(`${year}-${month}-${day}T00:00:00Z`)
  return Number.isNaN(at.getTime()) || at.toISOString().slice(0, 10) !== `${year}-${month}-${day}`
    ? undefined
    : BigInt(at.getTime())
}

function timestampOf(text: string): bigint | undefined {
  const [, y = '', mo = '', d = '', h = '', mi = '', s = '', fraction = '', , sign, oh = '0', om = '0'] =
    timestampPattern.exec(text) ?? []
  const day = dayOf(y, mo, d)
  if (day === undefined || Number(h) > 23 || Number(mi) > 59 || Number(s) > 59) return undefined
  if (Number(oh) * 60 + Number(om) > 18 * 60 || Number(om) > 59) return undefined
  const seconds = BigInt(h) * 3600n + BigInt(mi) * 60n + BigInt(s)
  const offset = (BigInt(oh) * 3600n + BigInt(om) * 60n) * (sign === '-' ? -1n : 1n)
  return day * 1000n + (seconds - offset) * 1_000_000n + BigInt(fraction.padEnd(6, '0'))
}

function decimalOf(text: string, scale: number): bigint | undefined {
  const [whole, sign = '', digits = '', fraction = ''] = /^(-?)(\d+)(?:\.(\d+))?$/.exec(text) ?? []
  if (whole === undefined || fraction.length > scale) return undefined
  return BigInt(sign + digits + fraction.padEnd(scale, '0'))
}

/**
 * A cursor's value as an integer that orders as the values do: the number itself, without its point for decimals,
 * microseconds since 1970 for timestamps, days for dates. Undefined for NULL and for texts that are read otherwise, or not at
 * all, by the engine.
 */
export function cursorValue(json: string, type: LogicalType): bigint | undefined {
  const text = /^"([^"\\]*)"$/.exec(json)?.[1] ?? json
  switch (type.kind) {
    case 'timestamp':
      return timestampOf(text)
    case 'date': {
      const [, y = '', m = '', d = ''] = datePattern.exec(text) ?? []
      const day = dayOf(y, m, d)
      return day === undefined ? undefined : day / dayMs
    }
    case 'decimal':
      return within(
        decimalOf(text, type.scale),
        -(10n ** BigInt(type.precision)) + 1n,
        10n ** BigInt(type.precision),
      )
    case 'uint64':
      return within(decimalOf(text, 0), 0n, 2n ** 64n)
    default: {
      const half = 2n ** BigInt(Number(type.kind.slice(3)) - 1)
      return within(decimalOf(text, 0), -half, half)
    }
  }
}

/** A value from `least` to `end` (exclusive): what the column cannot hold is rejected, and must not move the cursor. */
const within = (value: bigint | undefined, least: bigint, end: bigint): bigint | undefined =>
  value === undefined || value < least || value >= end ? undefined : value

const isoOf = (ms: bigint): string => new Date(Number(ms)).toISOString().slice(0, 19)

/** Divides downwards, also below zero. */
const floored = (value: bigint, by: bigint): bigint => (value - (((value % by) + by) % by)) / by

/** A cursor's value as a literal of plans. */
export function cursorLiteral(value: bigint, type: LogicalType): string {
  switch (type.kind) {
    case 'timestamp': {
      const micros = value - floored(value, 1_000_000n) * 1_000_000n
      return `${isoOf(floored(value, 1000n))}.${String(micros).padStart(6, '0')}`
    }
    case 'date':
      return isoOf(value * dayMs).slice(0, 10)
    case 'decimal': {
      if (type.scale === 0) return String(value)
      const digits = String(value < 0n ? -value : value).padStart(type.scale + 1, '0')
      return `${value < 0n ? '-' : ''}${digits.slice(0, -type.scale)}.${digits.slice(-type.scale)}`
    }
    default:
      return String(value)
  }
}

/** Milliseconds, or units, in the integers of a cursor. */
export function lagged(value: bigint, lag: number, type: LogicalType): bigint {
  if (type.kind === 'timestamp') return value - BigInt(lag) * 1000n
  if (type.kind === 'date') return value - (BigInt(lag) + dayMs - 1n) / dayMs
  return type.kind === 'decimal' ? value - BigInt(lag) * 10n ** BigInt(type.scale) : value - BigInt(lag)
}

/** The present moment as a value of a cursor; undefined where it is no time. */
export function cursorNow(ms: number, type: LogicalType): bigint | undefined {
  if (type.kind === 'timestamp') return BigInt(ms) * 1000n
  return type.kind === 'date' ? BigInt(ms) / dayMs : undefined
}

/** A cursor's value as a parameter: rounded down where the form has less digits. */
export function cursorParameter(
  value: bigint,
  type: LogicalType,
  format: HttpIncremental['format'] = 'iso',
): string {
  if (type.kind !== 'timestamp' && type.kind !== 'date') return cursorLiteral(value, type)
  const ms = type.kind === 'date' ? value * dayMs : floored(value, 1000n)
  switch (format) {
    case 'iso':
      return type.kind === 'date' ? isoOf(ms).slice(0, 10) : `${isoOf(ms)}Z`
    case 'date':
      return isoOf(ms).slice(0, 10)
    case 'unix-seconds':
      return String(floored(ms, 1000n))
    case 'unix-milliseconds':
      return String(ms)
    default:
      throw new EtlError('bug.unreachable', `there is no form "${String(format)}"`)
  }
}
