import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import type { LogicalType } from '../../packages/etl/src/plan/type.ts'
import { quoteSparkName } from '../../packages/etl/src/function/dialect.ts'

/**
 * Prints a value as a text that tells it exactly, for Spark: scalars as Spark casts them, nested ones as a JSON array of
 * such texts. `readValue` reads it.
 */
export function valueText(sql: string, type: LogicalType, depth = 0): string {
  const item = `e${depth}`
  const inner = (of: string, t: LogicalType): string => valueText(of, t, depth + 1)
  switch (type.kind) {
    case 'bytes':
      return `lower(hex(${sql}))`
    case 'list':
      return `to_json(transform(${sql}, ${item} -> ${inner(item, type.element)}))`
    case 'map': {
      const entry = `array(${inner(`${item}.key`, type.key)}, ${inner(`${item}.value`, type.value)})`
      return `to_json(transform(map_entries(${sql}), ${item} -> ${entry}))`
    }
    case 'struct': {
      const members = type.fields.map((f) => inner(`(${sql}).${quoteSparkName(f.name)}`, f.type))
      return `CASE WHEN ${sql} IS NOT NULL THEN to_json(array(${members.join(', ')})) END`
    }
    default:
      return `CAST(${sql} AS STRING)`
  }
}

const micros = (text: string): string => {
  const [whole = '', fraction = ''] = text.split('.')
  return `${whole}.${fraction.padEnd(6, '0')}`
}

/** Years outside 0 to 9999 have a sign and six digits in canonical form. */
const isoYear = (text: string): string =>
  text.replace(/^([+-])(\d+)-/, (_, sign: string, year: string) => `${sign}${year.padStart(6, '0')}-`)

function timeOfDay(count: bigint): string {
  const two = (n: bigint): string => String(n).padStart(2, '0')
  const seconds = count / 1_000_000n
  const clock = [seconds / 3600n, (seconds / 60n) % 60n, seconds % 60n].map(two).join(':')
  return `${clock}.${String(count % 1_000_000n).padStart(6, '0')}`
}

type Nested = string | null | readonly Nested[]

/** Reads what `valueText` printed into canonical form. */
export function readValue(text: Nested, type: LogicalType): LiteralValue {
  if (text === null) return null
  const items = (): readonly Nested[] =>
    typeof text === 'string' ? (JSON.parse(text) as readonly Nested[]) : text
  switch (type.kind) {
    case 'bool':
      return text === 'true'
    case 'float64':
      return String(Number(text))
    case 'time':
      return timeOfDay(BigInt(String(text)))
    case 'date':
      return isoYear(String(text))
    case 'timestamp':
      return micros(isoYear(String(text)).replace(' ', 'T'))
    case 'list':
      return items().map((v) => readValue(v, type.element))
    case 'map':
      return items().map((entry) => {
        const [key, value] = entry as readonly [Nested, Nested]
        return [readValue(key, type.key), readValue(value, type.value)]
      })
    case 'struct': {
      const members = items()
      return Object.fromEntries(type.fields.map((f, i) => [f.name, readValue(members[i] ?? null, f.type)]))
    }
    default:
      return String(text)
  }
}
