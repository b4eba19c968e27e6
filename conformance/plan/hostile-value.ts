import { catalogue } from '../../packages/etl/src/function/catalogue.ts'
import type { FunctionDefinition } from '../../packages/etl/src/function/contract.ts'
import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import { type Kind, type LogicalType, typeName } from '../../packages/etl/src/plan/type.ts'

const nines = (digits: number): string => '9'.repeat(digits)

function decimals(precision: number, scale: number): string[] {
  const shown = (unscaled: string): string => {
    const digits = unscaled.padStart(scale + 1, '0')
    return scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  }
  // Around the ties of rounding and at the ends of the range.
  const unscaled = ['0', '1', '5', '25', '150', '250', '12345', nines(precision)].filter(
    (u) => u.length <= precision,
  )
  return unscaled.flatMap((u) => (u === '0' ? [shown(u)] : [shown(u), `-${shown(u)}`]))
}

const byKind: Readonly<Partial<Record<Kind, readonly LiteralValue[]>>> = {
  bool: [true, false],
  int8: ['-128', '-1', '0', '1', '127'],
  int16: ['-32768', '-1', '0', '1', '32767'],
  int32: ['-2147483648', '-7', '-1', '0', '1', '2', '10', '2147483647'],
  // Neighbours of 2^53, where a double loses count.
  int64: [
    '-9223372036854775808',
    '-9007199254740993',
    '-1',
    '0',
    '1',
    '3',
    '9007199254740991',
    '9007199254740993',
    '9223372036854775807',
  ],
  uint64: ['0', '1', '9223372036854775808', '18446744073709551615'],
  float64: [
    '0.0',
    '-0.0',
    '0.1',
    '-2.5',
    '2.5',
    '1e-7',
    '5e-324',
    '9007199254740992',
    '1e300',
    'NaN',
    'Infinity',
    '-Infinity',
  ],
  text: [
    '',
    ' ',
    'a',
    'A',
    ' a ',
    'b',
    'é',
    'e\u0301',
    'ß',
    'İ',
    '😀',
    'a😀b',
    'a\nb',
    '\ta',
    "it's",
    String.raw`a\b`,
    '$1',
    '%_',
    '10',
    '-5',
    '1.50',
    '1e3',
    '2024-02-29',
    '2024-10-27 02:30:00',
    'NaN',
    'NULL',
    'true',
    '\u00a0',
    'a,b,,c',
    '{"a": [1, null]}',
  ],
  bytes: ['', '00', 'ff', '6162', 'c3a9'],
  date: [
    '0001-01-01',
    '1582-10-04',
    '1582-10-15',
    '1969-12-31',
    '1970-01-01',
    '2024-02-29',
    '2024-12-30',
    '9999-12-31',
  ],
  time: ['00:00:00.000000', '12:30:00.000001', '23:59:59.999999'],
  // Daylight saving begins and ends in Europe, and moments before the epoch.
  timestamp: [
    '0001-01-01T00:00:00.000000',
    '1969-12-31T23:59:59.999999',
    '1970-01-01T00:00:00.000000',
    '2024-02-29T12:00:00.500000',
    '2024-03-31T02:30:00.000000',
    '2024-10-27T02:30:00.000000',
    '2024-10-27T02:30:00.000001',
    '9999-12-31T23:59:59.999999',
  ],
  uuid: [
    '00000000-0000-0000-0000-000000000000',
    'ffffffff-ffff-ffff-ffff-ffffffffffff',
    '123e4567-e89b-12d3-a456-426614174000',
  ],
}

function ofLiteral(type: LogicalType): readonly LiteralValue[] {
  if (type.kind === 'decimal') return decimals(type.precision, type.scale)
  if (type.kind === 'list') {
    const elements = valuesOf(type.element)
    return [[], [null], elements.slice(0, 3), [...elements.slice(1, 3), null, ...elements.slice(1, 2)]]
  }
  return byKind[type.kind] ?? []
}

/** Values that the catalogue's own edge rows hold, by the name of their type. */
const fromEdges = ((): ReadonlyMap<string, readonly LiteralValue[]> => {
  const found = new Map<string, Map<string, LiteralValue>>()
  for (const f of Object.values(catalogue) as FunctionDefinition[]) {
    for (const group of f.edges) {
      const varying = group.types.length - (group.constants?.length ?? 0)
      const rows =
        f.kind === 'scalar'
          ? group.rows.map((r) => r.in as readonly LiteralValue[])
          : group.rows.flatMap((r) => r.in as readonly (readonly LiteralValue[])[])
      for (const row of rows) {
        for (const [i, value] of row.slice(0, varying).entries()) {
          const type = group.types[i]
          if (type === undefined || value === null) continue
          const values = found.get(typeName(type)) ?? new Map<string, LiteralValue>()
          found.set(typeName(type), values.set(JSON.stringify(value), value))
        }
      }
    }
  }
  return new Map([...found].map(([name, values]) => [name, [...values.values()]]))
})()

/** Edge rows may spell a value as users do; a uuid has one form. */
const canonical =
  (type: LogicalType) =>
  (value: LiteralValue): LiteralValue =>
    type.kind === 'uuid' && typeof value === 'string' ? value.toLowerCase() : value

const known = new Map<string, readonly LiteralValue[]>()

/** The values of a type that break what is merely written for ordinary ones; NULL is left out. Empty for structs and maps. */
export function valuesOf(type: LogicalType): readonly LiteralValue[] {
  const name = typeName(type)
  const values = known.get(name) ?? [...ofLiteral(type), ...(fromEdges.get(name) ?? [])].map(canonical(type))
  known.set(name, values)
  return values
}
