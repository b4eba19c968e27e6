import { expect, test } from 'vitest'
import { resolveCall } from '../../function/resolve.ts'
import type { Expression } from '../../plan/expression.ts'
import { decimal, int32, text } from '../../plan/type.ts'
import { hoistRepeated, shareCalls } from './hoist.ts'
import { printProject } from './project.ts'
import { sqlOf } from './sql.ts'

const column = (name: string): Expression => ({ kind: 'column', name, type: text, nullable: true })
const literal = (value: string): Expression => ({ kind: 'literal', value, type: text, nullable: false })
const size = (value: string): Expression => ({ kind: 'literal', value, type: int32, nullable: false })

function call(name: string, ...args: Expression[]): Expression {
  const resolved = resolveCall(name, args)
  if ('problem' in resolved) throw new Error(resolved.problem)
  return resolved.expression
}

const cleaned = call('replace', call('trim', column('price')), literal(','), literal(''))
const price = call('parse_decimal', cleaned, size('18'), size('2'))

test('arguments that a print repeats are computed in projections of their own', () => {
  const { levels, expressions } = hoistRepeated([price], 'duckdb')
  expect(levels).toHaveLength(2)
  expect(levels[0]).toMatchObject([
    {
      name: '__h0_0',
      expression: { function: 'replace', args: [{ kind: 'column', name: '__h1_0' }, {}, {}] },
    },
  ])
  expect(levels[1]).toEqual([{ name: '__h1_0', expression: call('trim', column('price')) }])
  expect(expressions[0]).toMatchObject({ kind: 'call', function: 'parse_decimal', type: decimal(18, 2) })
  expect(expressions[0]).toMatchObject({ args: [{ kind: 'column', name: '__h0_0' }, {}, {}] })
})

test('plain columns and arguments under a condition stay where they are', () => {
  const plain = call('parse_decimal', column('price'), size('18'), size('2'))
  expect(hoistRepeated([plain], 'duckdb')).toEqual({ levels: [], expressions: [plain] })
  const guarded = call('coalesce', plain, price)
  expect(hoistRepeated([guarded], 'duckdb')).toEqual({ levels: [], expressions: [guarded] })
})

test('a check and the projection above it share their parse', () => {
  const check = call('is_not_null', price)
  const { shared, predicate, columns } = shareCalls(check, [{ name: 'price', expression: price }])
  expect(shared).toEqual([{ name: '__s_0', expression: price }])
  expect(predicate).toMatchObject({ function: 'is_not_null', args: [{ kind: 'column', name: '__s_0' }] })
  expect(columns[0]?.expression).toMatchObject({ kind: 'column', name: '__s_0' })
})

test('a print has the hoisted argument once', () => {
  const sql = printProject([{ name: 'price', expression: price }], '(t)', sqlOf.duckdb)
  expect(sql.split('replace(').length - 1).toBe(1)
})
