import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import type { LogicalType } from '../../packages/etl/src/plan/type.ts'

/** The year of a moment as PostgreSQL shows it (`44-03-15 BC`, `12345-06-07`) in the form of ISO 8601. */
function isoYear(shown: string): string {
  const isBefore = shown.endsWith(' BC')
  const [, year = '', rest = ''] = /^(\d+)(-.*)$/.exec(shown.replace(' BC', '')) ?? []
  const number = isBefore ? 1 - Number(year) : Number(year)
  const wide = number < 0 || number > 9999
  const digits = String(Math.abs(number)).padStart(wide ? 6 : 4, '0')
  return `${number < 0 ? '-' : wide ? '+' : ''}${digits}${rest}`
}

const micros = (shown: string): string => {
  const [whole = '', fraction = ''] = shown.split('.')
  return `${whole}.${fraction.padEnd(6, '0')}`
}

const moment = (shown: string): string => {
  const isBefore = shown.endsWith(' BC')
  const plain = shown.replace(' BC', '').replace('+00', '').replace('Z', '')
  const [day = '', hour = ''] = plain.split(/[ T]/)
  return `${isoYear(isBefore ? `${day} BC` : day)}T${micros(hour)}`
}

const scaled = (shown: string, scale: number): string => {
  const [, sign = '', whole = '', fraction = ''] = /^(-?)(\d*)\.?(\d*)$/.exec(shown) ?? []
  return scale === 0
    ? `${sign}${whole}`
    : `${sign}${whole === '' ? '0' : whole}.${fraction.padEnd(scale, '0')}`
}

/** A document with numbers as their own text, so that none is rounded. */
interface NumberText {
  readonly number: string
}

function readJson(text: string): unknown {
  const revive = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' ? { number: context?.source ?? '' } : value
  return JSON.parse(text, revive as (key: string, value: unknown) => unknown)
}

/** A value as PostgreSQL shows it in the canonical form of the lake. */
export function fromPostgres(shown: string | null, type: LogicalType): LiteralValue {
  if (shown === null) return null
  switch (type.kind) {
    case 'bool':
      return shown === 'true'
    case 'decimal':
      return scaled(shown, type.scale)
    case 'float64':
      return String(Number(shown))
    case 'bytes':
      return shown.replace(/^\\x/, '')
    case 'date':
      return isoYear(shown)
    case 'time':
      return micros(shown)
    case 'timestamp':
      return moment(shown)
    case 'list':
    case 'struct':
    case 'map':
      return fromJson(readJson(shown), type)
    default:
      return shown
  }
}

/** A member of a nested value, in the form that the documentation gives, in the canonical form of the lake. */
function fromJson(value: unknown, type: LogicalType): LiteralValue {
  if (value === null) return null
  switch (type.kind) {
    case 'list':
      return (value as unknown[]).map((v) => fromJson(v, type.element))
    case 'struct':
      return Object.fromEntries(
        type.fields.map((f) => [f.name, fromJson((value as Record<string, unknown>)[f.name], f.type)]),
      )
    case 'map':
      return (value as { key: unknown; value: unknown }[]).map((e) => [
        fromJson(e.key, type.key),
        fromJson(e.value, type.value),
      ])
    case 'bool':
      return value as boolean
    case 'json':
      return document(value)
    case 'text':
      return value as string
    default: {
      const text = typeof value === 'string' ? value : (value as NumberText).number
      return type.kind === 'float64' ? String(Number(text)) : fromPostgres(text, type)
    }
  }
}

/** A document without its white space, every number as it was written. */
export function document(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(document).join(',')}]`
  if (typeof value === 'object' && value !== null) {
    if ('number' in value) return (value as NumberText).number
    return `{${Object.entries(value)
      .map(([k, v]) => `${JSON.stringify(k)}:${document(v)}`)
      .join(',')}}`
  }
  return JSON.stringify(value)
}

/** A canonical value of the lake as both sides are compared: members of the type json without white space, -0 as 0. */
export function comparable(value: LiteralValue, type: LogicalType, nested = false): LiteralValue {
  if (value === null) return null
  switch (type.kind) {
    case 'float64':
      return String(Number(value))
    case 'json':
      if (!nested) return value
      // Inside JSON the document `null` and NULL are the same.
      return value === 'null' ? null : document(readJson(value as string))
    case 'list':
      return (value as readonly LiteralValue[]).map((v) => comparable(v, type.element, true))
    case 'struct':
      return Object.fromEntries(
        type.fields.map((f) => [
          f.name,
          comparable((value as Record<string, LiteralValue>)[f.name] ?? null, f.type, true),
        ]),
      )
    case 'map':
      return (value as readonly (readonly [LiteralValue, LiteralValue])[]).map(([k, v]) => [
        comparable(k, type.key, true),
        comparable(v, type.value, true),
      ])
    default:
      return value
  }
}
