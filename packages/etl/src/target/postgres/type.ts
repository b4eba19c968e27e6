import type { LogicalType } from '../../plan/type.ts'
import { holdsJson } from '../holds-json.ts'

const names: Readonly<Record<Exclude<LogicalType['kind'], 'decimal'>, string>> = {
  bool: 'boolean',
  int8: 'smallint',
  int16: 'smallint',
  int32: 'integer',
  int64: 'bigint',
  uint64: 'numeric(20,0)',
  float64: 'double precision',
  text: 'text',
  bytes: 'bytea',
  date: 'date',
  time: 'time without time zone',
  timestamp: 'timestamp with time zone',
  uuid: 'uuid',
  // jsonb refuses \u0000 and lone surrogates, and forgets the order and repetition of members.
  json: 'json',
  list: 'jsonb',
  map: 'jsonb',
  struct: 'jsonb',
}

/** The type of PostgreSQL that holds every value of a logical type, as its `format_type` writes it. */
export function postgresType(type: LogicalType): string {
  if (type.kind === 'decimal') return `numeric(${type.precision},${type.scale})`
  return holdsJson(type) ? 'json' : names[type.kind]
}

const integerRank = ['smallint', 'integer', 'bigint']

/** Whether PostgreSQL can change a column from one type to another without changing a value. */
export function canAlter(from: string, to: string): boolean {
  const [a, b] = [integerRank.indexOf(from), integerRank.indexOf(to)]
  if (a >= 0 && b >= 0) return a < b
  const [x, y] = [digits(from), digits(to)]
  return x !== undefined && y !== undefined && x.whole <= y.whole && x.scale <= y.scale
}

function digits(type: string): { readonly whole: number; readonly scale: number } | undefined {
  const rank = integerRank.indexOf(type)
  if (rank >= 0) return { whole: [5, 10, 19][rank] ?? 0, scale: 0 }
  const [, precision, scale] = /^numeric\((\d+),(\d+)\)$/.exec(type) ?? []
  return precision === undefined
    ? undefined
    : { whole: Number(precision) - Number(scale), scale: Number(scale) }
}
