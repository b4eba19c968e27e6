import { expect, test } from 'vitest'
import type { Position } from '../position.ts'
import { redshiftFailure } from './failure.ts'
import { packPosition } from './ledger.ts'
import { epochOf, quoteRedshiftText, stageName } from './sql.ts'

test('a literal never holds a backslash', () => {
  expect(quoteRedshiftText("it's")).toBe("'it''s'")
  expect(quoteRedshiftText('a\\b')).toBe("('a' || CHR(92) || 'b')")
  expect(quoteRedshiftText('\\')).toBe("('' || CHR(92) || '')")
})

test('staging tables tell whose they are and of which epoch', () => {
  const name = stageName('bi.orders', 17, 'a1b2c3d4-0000', 'beside')
  expect(name.length).toBeLessThan(64)
  expect(epochOf(name, 'bi.orders')).toBe(17)
  expect(epochOf(name, 'bi.other')).toBeUndefined()
  expect(epochOf('securecart$x', 'bi.orders')).toBeUndefined()
})

test('the position of a table with many columns fits the ledger, or is refused', () => {
  const of = (names: (i: number) => string): Position =>
    ({
      relation: 'bi.wide',
      schema: Array.from({ length: 1600 }, (_, i) => ({
        name: names(i),
        type: { kind: 'decimal', precision: 38, scale: 10 },
        nullable: true,
      })),
    }) as unknown as Position
  expect(packPosition(of((i) => `column_${i}`)).length).toBeLessThan(60_000)
  const random = (i: number): string =>
    Array.from({ length: 60 }, (_, n) =>
      String.fromCharCode(97 + ((i * 7919 + n * n * 104_729 + i * n) % 26)),
    ).join('')
  const packed = packPosition(of((i) => random(i)))
  expect(packed.startsWith('gzip:')).toBe(true)
})

test('messages of Redshift are told by what they mean, by whichever way they come', () => {
  const codeOf = (message: string, code?: string): readonly unknown[] => {
    const { code: own, retry } = redshiftFailure({ message, ...(code === undefined ? {} : { code }) }, 'x')
    return [own, retry]
  }
  expect(codeOf('1023', 'XX000')).toEqual(['target.conflict', 'transient'])
  expect(codeOf('ERROR: 1023\n  Detail: Serializable isolation violation on table - 1')).toEqual([
    'target.conflict',
    'transient',
  ])
  expect(codeOf('ERROR: Value too long for character type')).toEqual(['target.value', 'never'])
  expect(codeOf('ERROR: permission denied for schema bi')).toEqual(['connection.unauthorized', 'never'])
  expect(codeOf('ERROR: Cannot insert a NULL value into column id')).toEqual(['target.key', 'never'])
  expect(codeOf('terminating connection', '57P01')).toEqual(['connection.failed', 'transient'])
  expect(codeOf('Connection terminated unexpectedly')).toEqual(['connection.failed', 'transient'])
  expect(codeOf('ERROR: something else', 'XX000')).toEqual(['target.failed', 'never'])
})
