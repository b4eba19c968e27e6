import { expect, test } from 'vitest'
import { bool, decimal, int64, schemaOf, sourceColumnsOf, text, timestamp } from './column.ts'
import { csv } from './csv.ts'

test('columns give schema and reading rules in order', () => {
  const columns = {
    id: int64({ required: true }),
    at: timestamp({ from: 'When', formats: ['yyyy-MM-dd HH:mm:ss'] }),
    ok: bool({ trueValues: ['Y'], falseValues: ['N'], nulls: ['?'] }),
  }
  expect(schemaOf(columns)).toEqual([
    { name: 'id', type: { kind: 'int64' }, nullable: false },
    { name: 'at', type: { kind: 'timestamp' }, nullable: true },
    { name: 'ok', type: { kind: 'bool' }, nullable: true },
  ])
  expect(sourceColumnsOf(columns)).toEqual([
    { name: 'id', from: 'id' },
    { name: 'at', from: 'When', formats: ['yyyy-MM-dd HH:mm:ss'] },
    { name: 'ok', from: 'ok', trueValues: ['Y'], falseValues: ['N'], nulls: ['?'] },
  ])
})

test('impossible declarations are refused', () => {
  const invalid = expect.objectContaining({ code: 'config.invalid' })
  expect(() => decimal(39, 0)).toThrow(invalid)
  expect(() => decimal(2, 3)).toThrow(invalid)
  expect(() => bool({ trueValues: ['Y'] })).toThrow(invalid)
  expect(() => schemaOf({})).toThrow(invalid)
  expect(() => schemaOf({ a: text(), A: text() })).toThrow(invalid)
  for (const dialect of [
    { delimiter: '' },
    { delimiter: '\n' },
    { quote: '""' },
    { skipLines: -1 },
    { comment: '' },
  ]) {
    expect(() => csv('x.csv', { columns: { a: text() }, dialect })).toThrow(invalid)
  }
})

test('a changed quote is escaped by itself', () => {
  expect(csv('x.csv', { columns: { a: text() }, dialect: { quote: "'" } }).format).toMatchObject({
    dialect: { quote: "'", escape: "'", delimiter: ',' },
  })
})
