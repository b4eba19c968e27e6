import { bool, date, decimal, int64, text, time, timestamp, uint64, uuid } from '../../plan/type.ts'
import { sqlType } from '../dialect.ts'
import { type ArgInfo, defineFunction, exactKinds } from '../contract.ts'

/** How values of a kind are written where a plain cast to text would not be the canonical form. */
const duckdb = (x: string, arg: ArgInfo | undefined): string => {
  switch (arg?.type.kind) {
    case 'timestamp':
      return `strftime(${x}, '%Y-%m-%dT%H:%M:%S.%f')`
    case 'time':
      return `strftime(DATE '2000-01-01' + ${x}, '%H:%M:%S.%f')`
    case 'date':
      return `strftime(${x}, '%Y-%m-%d')`
    case 'decimal':
      // DuckDB writes no zero before the point when the type has no digit there.
      return arg.type.precision === arg.type.scale
        ? String.raw`regexp_replace(CAST(${x} AS VARCHAR), '^(-?)[.]', '\10.')`
        : `CAST(${x} AS VARCHAR)`
    default:
      return `CAST(${x} AS VARCHAR)`
  }
}

const postgres = (x: string, arg: ArgInfo | undefined): string => {
  switch (arg?.type.kind) {
    case 'timestamp':
      return `to_char(${x}, 'YYYY-MM-DD"T"HH24:MI:SS.US')`
    case 'time':
      return `to_char(DATE '2000-01-01' + ${x}, 'HH24:MI:SS.US')`
    case 'date':
      return `to_char(${x}, 'YYYY-MM-DD')`
    case 'decimal':
      // A number shows the digits it happens to carry; the cast fixes them.
      return `CAST(CAST(${x} AS ${sqlType(arg.type, 'postgres')}) AS TEXT)`
    default:
      return `CAST(${x} AS TEXT)`
  }
}

const spark = (x: string, arg: ArgInfo | undefined): string => {
  switch (arg?.type.kind) {
    case 'timestamp':
      return `date_format(${x}, 'yyyy-MM-dd\\'T\\'HH:mm:ss.SSSSSS')`
    case 'time':
      return `date_format(timestamp_micros(${x}), 'HH:mm:ss.SSSSSS')`
    case 'date':
      return `date_format(${x}, 'yyyy-MM-dd')`
    case 'text':
      return x
    case 'uuid':
      return `lower(${x})`
    default:
      return `CAST(${x} AS STRING)`
  }
}

/** `to_text(x)`. */
export const toText = defineFunction({
  name: 'to_text',
  kind: 'scalar',
  family: 'text',
  meaning:
    'The canonical text: plain digits for integers, all digits of the scale for decimals, true or false, ISO 8601 for dates and times with six digits of the second, lower case for uuid. float64 is refused: every engine writes other digits; round to a decimal first. Years 1 to 9999.',
  params: [{ name: 'x', accepts: [...exactKinds, 'bool', 'text', 'date', 'time', 'timestamp', 'uuid'] }],
  returns: 'text',
  type: () => text,
  nulls: 'strict',
  print: {
    duckdb: ([x = ''], call) => duckdb(x, call.args[0]),
    postgres: ([x = ''], call) => postgres(x, call.args[0]),
    spark: ([x = ''], call) => spark(x, call.args[0]),
  },
  edges: [
    {
      types: [int64],
      result: text,
      rows: [
        { in: ['-9223372036854775808'], out: '-9223372036854775808' },
        { in: ['0'], out: '0' },
        { in: [null], out: null },
      ],
    },
    { types: [uint64], result: text, rows: [{ in: ['18446744073709551615'], out: '18446744073709551615' }] },
    {
      types: [decimal(38, 10)],
      result: text,
      rows: [
        { in: ['1234567890123456789012345678.0123456789'], out: '1234567890123456789012345678.0123456789' },
        { in: ['1.5'], out: '1.5000000000' },
        { in: ['-0.05'], out: '-0.0500000000' },
      ],
    },
    {
      types: [decimal(4, 4)],
      result: text,
      rows: [
        { in: ['0.5000'], out: '0.5000' },
        { in: ['-0.0001'], out: '-0.0001' },
        { in: ['0.0000'], out: '0.0000' },
      ],
    },
    { types: [decimal(5, 0)], result: text, rows: [{ in: ['-7'], out: '-7' }] },
    {
      types: [bool],
      result: text,
      rows: [
        { in: [true], out: 'true' },
        { in: [false], out: 'false' },
      ],
    },
    {
      types: [date],
      result: text,
      rows: [
        { in: ['2024-01-31'], out: '2024-01-31' },
        { in: ['0024-01-05'], out: '0024-01-05' },
        { in: ['9999-12-31'], out: '9999-12-31' },
      ],
    },
    {
      types: [timestamp],
      result: text,
      rows: [
        { in: ['2024-01-31T12:00:00.000000'], out: '2024-01-31T12:00:00.000000' },
        { in: ['0001-01-01T00:00:00.000001'], out: '0001-01-01T00:00:00.000001' },
      ],
    },
    { types: [time], result: text, rows: [{ in: ['23:59:59.999999'], out: '23:59:59.999999' }] },
    {
      types: [uuid],
      result: text,
      rows: [{ in: ['550E8400-E29B-41D4-A716-446655440000'], out: '550e8400-e29b-41d4-a716-446655440000' }],
    },
    { types: [text], result: text, rows: [{ in: ['é😀'], out: 'é😀' }] },
  ],
})
