import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import {
  bool,
  bytes,
  date,
  decimal,
  field,
  float64,
  int16,
  int32,
  int64,
  int8,
  json,
  list,
  type LogicalType,
  map,
  type Schema,
  struct,
  text,
  time,
  timestamp,
  uint64,
  uuid,
} from '../../packages/etl/src/plan/type.ts'
import type { Random } from '../crash/random.ts'
import { valuesOf } from '../plan/hostile-value.ts'

/** A column of every type, and nested ones. */
export const everyType: Schema = [
  bool,
  int8,
  int16,
  int32,
  int64,
  uint64,
  decimal(38, 0),
  decimal(38, 10),
  decimal(38, 38),
  decimal(9, 2),
  float64,
  text,
  bytes,
  date,
  time,
  timestamp,
  uuid,
  json,
  list(text),
  list(decimal(38, 10)),
  list(timestamp),
  list(list(float64)),
  struct([field('a', int64), field('it"s \\ é', text), field('t', list(date))]),
  struct([field('u', uint64), field('doc', json)]),
  map(text, decimal(38, 38)),
  map(int64, struct([field('b', bytes), field('at', time), field('id', uuid)])),
].map((type, i) => field(`c${i}`, type))

/** Texts that break what is merely written for ordinary ones, in the format of COPY and elsewhere. */
const texts = [
  '\\.',
  '\\N',
  '\\',
  '\\\\n',
  'a\n\\.\nb',
  '\n\\.\n',
  '\r\n',
  '\t\t',
  '"',
  '""',
  "'",
  '\u0001\u001f\u007f',
  '\u2028\ufeff\u202e',
  '$$;--',
  '😀\u0301',
  'x'.repeat(5000),
]

const documents = [
  'null',
  '{}',
  '[]',
  '"\\u0000"',
  '{"a": 1.10, "a": 12345678901234567890.123456789, "b": "\\ud83d\\ude00"}',
  '[1e400, -0, 0.1000]',
  '{"n": {"m": [true, null, "é\\\\"]}}',
]

const dates = ['-000043-03-15', '-004712-01-01', '+012345-06-07', '0000-12-31', '0099-01-01']

function own(type: LogicalType): readonly LiteralValue[] {
  switch (type.kind) {
    case 'text':
      return texts
    case 'json':
      return documents
    case 'date':
      return dates
    case 'timestamp':
      return dates.map((d) => `${d}T23:59:59.999999`)
    default:
      return []
  }
}

/** A value of a type in canonical form, one in eight NULL; keys of maps are never NULL and never repeated. */
export function randomValue(type: LogicalType, random: Random, nullable = true): LiteralValue {
  if (nullable && random.chance(0.12)) return null
  const some = (): number => random.below(4)
  switch (type.kind) {
    case 'list':
      return Array.from({ length: some() }, () => randomValue(type.element, random))
    case 'struct':
      return Object.fromEntries(type.fields.map((f) => [f.name, randomValue(f.type, random)]))
    case 'map': {
      const entries = Array.from({ length: some() }, () => [
        randomValue(type.key, random, false),
        randomValue(type.value, random),
      ])
      return [...new Map(entries.map((e) => [JSON.stringify(e[0]), e])).values()] as LiteralValue
    }
    default: {
      const values = [...valuesOf(type), ...own(type)]
      return values[random.below(values.length)] ?? null
    }
  }
}
