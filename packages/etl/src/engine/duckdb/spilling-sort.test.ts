import { expect, test } from 'vitest'
import type { Node } from '../../plan/node.ts'
import { field, int64 } from '../../plan/type.ts'
import type { ScanBinding } from '../contract.ts'
import { isSpillingSort } from './spilling-sort.ts'

const schema = [field('id', int64, false)]
const scan: Node = { kind: 'scan', input: 'l', schema }
const order = [
  { expression: { kind: 'column', ...field('id', int64, false) }, direction: 'asc', nulls: 'last' },
] as const
const sort: Node = { kind: 'sort', from: scan, order, schema }
const limit = (count: number, offset = 0): Node => ({ kind: 'limit', from: sort, count, offset, schema })
const inputs = (bytes: number): ReadonlyMap<string, ScanBinding> =>
  new Map([
    [
      'l',
      { kind: 'lake', schema: [{ id: 1, ...field('id', int64) }], files: [{ path: '/l', rows: 1, bytes }] },
    ],
  ])

test.each([
  ['a sort of more than memory holds', sort, 300, true],
  ['one that fits', sort, 200, false],
  ['no sort', scan, 300, false],
  ['the first rows of a sort', limit(1000), 300, false],
  ['most rows of a sort', limit(1_000_000), 300, true],
  ['few rows behind many', limit(10, 1_000_000), 300, true],
])('%s', (_, plan, bytes, expected) => {
  expect(isSpillingSort(plan, inputs(bytes), 1000)).toBe(expected)
})
