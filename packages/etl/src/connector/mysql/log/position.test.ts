import { expect, test } from 'vitest'
import { gtidState, printGtid } from './gtid.ts'
import { comparePlaces, sequencePrefix, sequenceRow } from './place.ts'
import { decodeLogPosition, encodeLogPosition } from './position.ts'

test('positions are texts, and what is none is told', () => {
  const position = {
    epoch: 1,
    place: { file: 'binlog.000009', offset: 4 },
    server: 1,
    born: 1_700_000_000,
    gtid: '0-1-5',
    prepared: [{ xid: "X'31',X'',1", from: { file: 'binlog.000008', offset: 99 } }],
  }
  expect(decodeLogPosition(encodeLogPosition(position))).toEqual(position)
  const isLost = expect.objectContaining({ code: 'source.position-lost' })
  for (const text of [
    '',
    '{}',
    '{"version":2}',
    encodeLogPosition(position).replace('"epoch":1', '"epoch":"1"'),
  ])
    expect(() => decodeLogPosition(text), text).toThrow(isLost)
})

test('sequences sort as changes were made, over files, offsets and rows', () => {
  const sequence = (file: string, offset: number, row: number, epoch = 1): string =>
    `${sequencePrefix(epoch, { file, offset })}${sequenceRow(row)}`
  const inOrder = [
    sequence('binlog.000009', 4_294_967_296, 1),
    sequence('binlog.000010', 4, 9),
    sequence('binlog.000010', 4, 10),
    sequence('binlog.000010', 500, 1),
    sequence('binlog.999999', 500, 1),
    sequence('binlog.1000000', 4, 1),
    sequence('mysql-bin.000001', 4, 1, 2),
  ]
  expect(inOrder.toSorted()).toEqual(inOrder)
  expect(
    comparePlaces({ file: 'binlog.999999', offset: 9 }, { file: 'binlog.1000000', offset: 4 }),
  ).toBeLessThan(0)
})

test('a GTID position keeps the last transaction of each domain', () => {
  const state = gtidState('1-7-30,0-1-5')
  state.set(0, '0-2-6')
  expect(printGtid(state)).toBe('0-2-6,1-7-30')
  expect(printGtid(gtidState(''))).toBe('')
})
