import {
  bool,
  type Columns,
  date,
  decimal,
  float64,
  int64,
  int8,
  text,
  timestamp,
  uuid,
} from '../../packages/etl/src/connector/column.ts'
import type { CsvCase } from './csv-case.ts'

const kind = (columns: Columns, value: string, out: unknown): Omit<CsvCase, 'name'> => ({
  bytes: `x\n${value}\n`,
  columns,
  outcome: { rows: [[out]] },
})
const refusedValue = (columns: Columns, value: string, reason: RegExp): Omit<CsvCase, 'name'> => ({
  bytes: `x\n${value}\n`,
  columns,
  outcome: { rows: [], rejects: [{ line: 2, rule: 'csv.value', reason, offset: 2, original: value }] },
})

/** Values that fit their type, and values that do not. */
export const values: readonly CsvCase[] = [
  { name: 'int64', ...kind({ x: int64() }, '9223372036854775807', '9223372036854775807') },
  {
    name: 'int64 overflow',
    ...refusedValue({ x: int64() }, '9223372036854775808', /column "x": "9223372036854775808" is no int64/),
  },
  { name: 'int8 overflow', ...refusedValue({ x: int8() }, '128', /is no int8/) },
  { name: '1e3 is no integer', ...refusedValue({ x: int64() }, '1e3', /"1e3" is no int64/) },
  { name: '0x10 is no integer', ...refusedValue({ x: int64() }, '0x10', /"0x10" is no int64/) },
  { name: '1.0 is no integer', ...refusedValue({ x: int64() }, '1.0', /"1.0" is no int64/) },
  { name: 'a trailing space is no integer', ...refusedValue({ x: int64() }, '1 ', /"1 " is no int64/) },
  { name: 'leading zeros stay in text', ...kind({ x: text() }, '00501', '00501') },
  { name: '1e3 as float64', ...kind({ x: float64() }, '1e3', 1000) },
  { name: 'NaN as float64', ...kind({ x: float64() }, 'NaN', 'NaN') },
  { name: 'Infinity as float64', ...kind({ x: float64() }, '-Infinity', '-Infinity') },
  { name: 'NaN is no decimal', ...refusedValue({ x: decimal(18, 2) }, 'NaN', /is no decimal\(18,2\)/) },
  {
    name: 'decimal is exact',
    ...kind({ x: decimal(38, 2) }, '12345678901234567.89', '12345678901234567.89'),
  },
  {
    name: 'a decimal is never rounded',
    ...refusedValue({ x: decimal(18, 2) }, '1.005', /"1.005" is no decimal\(18,2\)/),
  },
  {
    name: 'a decimal comma is no decimal',
    ...refusedValue({ x: decimal(18, 2) }, '"1,5"', /"1,5" is no decimal/),
  },
  { name: '30 digits are no int64', ...refusedValue({ x: int64() }, '1'.repeat(30), /is no int64/) },
  {
    name: 'date by declared format',
    ...kind({ x: date({ format: 'dd/MM/yyyy' }) }, '01/02/2024', '2024-02-01'),
  },
  { name: 'a date is never guessed', ...refusedValue({ x: date() }, '01/02/2024', /is no date/) },
  { name: '30 February', ...refusedValue({ x: date() }, '2024-02-30', /is no date/) },
  { name: 'timestamp, ISO', ...kind({ x: timestamp() }, '2024-01-31T12:00:00Z', '2024-01-31 12:00:00') },
  {
    name: 'timestamp, second format',
    ...kind(
      { x: timestamp({ formats: ['yyyy-MM-dd HH:mm:ss', 'dd/MM/yyyy HH:mm'] }) },
      '31/01/2024 12:05',
      '2024-01-31 12:05:00',
    ),
  },
  { name: 'bool', ...kind({ x: bool() }, 'true', true) },
  {
    name: 'bool with declared texts',
    ...kind({ x: bool({ trueValues: ['Y'], falseValues: ['N'] }) }, 'N', false),
  },
  { name: 'an unknown bool', ...refusedValue({ x: bool() }, 'maybe', /is no bool/) },
  {
    name: 'uuid',
    ...kind({ x: uuid() }, '6f9619ff-8b86-d011-b42d-00c04fc964ff', '6f9619ff-8b86-d011-b42d-00c04fc964ff'),
  },
  { name: 'empty text is no integer when quoted', ...refusedValue({ x: int64() }, '""', /"" is no int64/) },
  {
    name: 'a NULL in a required column',
    bytes: 'a,b\n1,\n2,x\n',
    columns: { a: text(), b: text({ required: true }) },
    outcome: {
      rows: [['2', 'x']],
      rejects: [
        {
          line: 2,
          rule: 'csv.required',
          reason: /column "b" is required but NULL/,
          offset: 4,
          original: '1,',
        },
      ],
    },
  },
  {
    name: 'NULL texts of one column',
    bytes: 'a,b\n?,?\n',
    columns: { a: int64({ nulls: ['?'] }), b: text() },
    outcome: { rows: [[null, '?']] },
  },
  {
    name: 'several bad values in one record, quoted original',
    bytes: 'a,b\nx,"y ""z"""\n1,2\n',
    columns: { a: int64(), b: int64() },
    outcome: {
      rows: [['1', '2']],
      rejects: [
        {
          line: 2,
          rule: 'csv.value',
          reason: /column "a": "x" is no int64; column "b": "y "z"" is no int64/,
          original: 'x,"y ""z"""',
        },
      ],
    },
  },
  {
    name: 'type drift after 30,000 rows',
    bytes: () =>
      Buffer.from(`a,b\n${Array.from({ length: 30_000 }, (_, i) => `${i},${i}\n`).join('')}n/a,1\n`),
    columns: { a: int64(), b: int64() },
    outcome: {
      rows: Array.from({ length: 30_000 }, (_, i) => [`${i}`, `${i}`]),
      rejects: [{ line: 30_002, rule: 'csv.value', reason: /"n\/a" is no int64/, original: 'n/a,1' }],
    },
  },
]
