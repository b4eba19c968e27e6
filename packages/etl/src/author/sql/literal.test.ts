import { expect, test } from 'vitest'
import {
  date,
  decimal,
  float64,
  int16,
  int32,
  int64,
  type LogicalType,
  text,
  timestamp,
  uuid,
} from '../../plan/type.ts'
import { readAst } from './ast.ts'
import { alignLiterals } from './literal-align.ts'
import { constantLiteral, literal, nullLiteral, retype } from './literal.ts'

test.each<[string, LogicalType, LogicalType, string | undefined]>([
  ['5', int32, decimal(10, 2), '5.00'],
  ['-0.5', decimal(2, 1), decimal(10, 3), '-0.500'],
  ['1.25', decimal(3, 2), decimal(10, 1), undefined],
  ['12345', int32, decimal(5, 1), undefined],
  ['0.00', decimal(3, 2), decimal(3, 2), '0.00'],
  ['-7', int32, int64, '-7'],
  ['40000', int32, int16, undefined],
  ['1.5', decimal(2, 1), float64, '1.5'],
  ['2024-02-29', text, date, '2024-02-29'],
  ['2023-02-29', text, date, undefined],
  ['2024-1-5', text, date, undefined],
  ['2024-01-31 12:30', text, timestamp, '2024-01-31T12:30:00.000000'],
  ['2024-01-31T12:30:05.25', text, timestamp, '2024-01-31T12:30:05.250000'],
  ['2024-01-31 25:00:00', text, timestamp, undefined],
  ['2024-01-31 12:00:00+02', text, timestamp, undefined],
  ['2024-01-31', date, timestamp, '2024-01-31T00:00:00.000000'],
  ['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11', text, uuid, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'],
])('%s keeps its value or is not retyped', (value, from, to, expected) => {
  expect(retype(literal(value, from), to)?.value).toBe(expected)
})

test('reads constants to the last digit', () => {
  const constant = (type: string, value: string, info = 'null'): string =>
    `{"class":"CONSTANT","alias":"","query_location":18446744073709551615,"value":{"type":{"id":"${type}","type_info":${info}},"is_null":false,"value":${value}}}`
  const read = (json: string): unknown => constantLiteral(JSON.parse(JSON.stringify(readAst(json))))
  expect(read(constant('BIGINT', '9223372036854775807'))).toMatchObject({
    value: '9223372036854775807',
    type: int64,
  })
  expect(read(constant('DECIMAL', '-5', '{"width":3,"scale":2}'))).toMatchObject({
    value: '-0.05',
    type: decimal(3, 2),
  })
  expect(read(constant('HUGEINT', '{"upper":669260594,"lower":5097733592125636885}'))).toMatchObject({
    value: '12345678901234567890123456789',
    type: decimal(29, 0),
  })
  expect(() => read(constant('DOUBLE', 'Infinity'))).toThrow('infinite')
})

test('gives literals the type of what they stand beside', () => {
  const amount = { kind: 'column', name: 'amount', type: decimal(12, 2), nullable: true } as const
  expect(alignLiterals([amount, literal('5', int32), nullLiteral]).map((e) => e.type)).toEqual([
    decimal(12, 2),
    decimal(12, 2),
    decimal(12, 2),
  ])
  expect(alignLiterals([amount, literal('10.505', decimal(5, 3))])[1]).toMatchObject({
    value: '10.505',
    type: decimal(13, 3),
  })
})
