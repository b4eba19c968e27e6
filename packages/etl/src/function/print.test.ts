import { describe, expect, it } from 'vitest'
import { EtlError } from '../base/errors.ts'
import type { Expression } from '../plan/expression.ts'
import { bool, int32, int64, type LogicalType, text } from '../plan/type.ts'
import { printExpression, printSortKey, refusedFunctions } from './print.ts'
import { resolveAggregate, resolveCall, resolveWindow } from './resolve.ts'

const column = (name: string, type: LogicalType, nullable = true): Expression => ({
  kind: 'column',
  name,
  type,
  nullable,
})
const literal = (value: string, type: LogicalType): Expression => ({
  kind: 'literal',
  value,
  type,
  nullable: false,
})

function expression(result: ReturnType<typeof resolveCall>): Expression {
  if ('problem' in result) throw new Error(result.problem)
  return result.expression
}
const problem = (result: ReturnType<typeof resolveCall>): string =>
  'problem' in result ? result.problem : ''

const x = column('x', int64)
const name = column('na"me', text)
const byName = { expression: name, direction: 'desc', nulls: 'first' } as const

describe('printing', () => {
  it('quotes columns, or prints them as it is told', () => {
    expect(printExpression(name, 'duckdb')).toBe('"na""me"')
    expect(printExpression(name, 'duckdb', (n) => `t.${n.length}`)).toBe('t.5')
  })

  it('places DISTINCT, ORDER BY and FILTER on the call itself', () => {
    const filter = expression(resolveCall('gt', [x, literal('0', int64)]))
    const counted = expression(resolveAggregate('sum', [x], { distinct: true, filter }))
    expect(printExpression(counted, 'duckdb')).toBe(
      `CAST(sum(DISTINCT "x") FILTER (WHERE (("x" > CAST('0' AS BIGINT)))) AS BIGINT)`,
    )
    const joined = expression(resolveAggregate('string_agg', [name, literal(')', text)], { order: [byName] }))
    expect(printExpression(joined, 'postgres')).toBe(
      `string_agg("na""me" COLLATE "C", CAST(')' AS TEXT) ORDER BY "na""me" COLLATE "C" DESC NULLS FIRST)`,
    )
  })

  it('places OVER inside the cast of an aggregate', () => {
    const options = { partition: [name], order: [byName], frame: { from: -2, to: 0 } }
    expect(printExpression(expression(resolveWindow('sum', [x], options)), 'duckdb')).toBe(
      'CAST(sum("x") OVER (PARTITION BY "na""me" ORDER BY "na""me" DESC NULLS FIRST ROWS BETWEEN 2 PRECEDING AND CURRENT ROW) AS BIGINT)',
    )
    const whole = { partition: [], order: [], frame: { from: null, to: null } }
    expect(printExpression(expression(resolveWindow('count', [], whole)), 'postgres')).toBe(
      'count(*) OVER (ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)',
    )
  })

  it('joins the condition of a conditional aggregate with the filter', () => {
    const filter = column('f', bool)
    const call = expression(resolveAggregate('count_if', [column('b', bool)], { filter }))
    expect(printExpression(call, 'duckdb')).toBe('count(*) FILTER (WHERE ("f") AND ("b"))')
  })

  it('orders text by code point and says where NULL stands', () => {
    expect(printSortKey(byName, 'duckdb')).toBe('"na""me" DESC NULLS FIRST')
    expect(printSortKey({ ...byName, nulls: 'last', direction: 'asc' }, 'postgres')).toBe(
      '"na""me" COLLATE "C" ASC NULLS LAST',
    )
  })

  it('fails for a function that does not exist', () => {
    const call: Expression = { kind: 'call', function: 'nope', args: [], type: int64, nullable: true }
    expect(() => printExpression(call, 'duckdb')).toThrow(EtlError)
    expect(refusedFunctions(call, 'duckdb')).toEqual([])
  })
})

describe('resolving', () => {
  it('types calls and says when they can be NULL', () => {
    const sum = expression(resolveCall('add', [column('a', int32, false), column('b', int32, false)]))
    expect([sum.type, sum.nullable]).toEqual([int64, false])
    expect(expression(resolveCall('is_null', [x])).nullable).toBe(false)
    expect(expression(resolveCall('coalesce', [x, literal('0', int64)])).nullable).toBe(false)
  })

  it('says in a sentence what does not fit', () => {
    expect(problem(resolveCall('eq', [x, name]))).toMatch(/int64 and text have no common type/)
    expect(problem(resolveCall('add', [x]))).toMatch(/takes 2/)
    expect(problem(resolveCall('add', [x, name]))).toMatch(/argument "y" is text/)
    expect(problem(resolveCall('sum', [x]))).toMatch(/no scalar function/)
    expect(problem(resolveCall('round', [x, x]))).toMatch(/must be a constant/)
    expect(problem(resolveAggregate('list_agg', [x]))).toMatch(/give it an order/)
    expect(problem(resolveAggregate('list_agg', [x], { distinct: true, order: [byName] }))).toMatch(
      /those values/,
    )
    expect(problem(resolveWindow('median', [x], { partition: [], order: [] }))).toMatch(/not over a window/)
    expect(problem(resolveWindow('rank', [], { partition: [], order: [] }))).toMatch(
      /give the window an order/,
    )
    expect(problem(resolveCall('case_when', [column('b', bool), x, x, x]))).toMatch(/pairs/)
    expect(problem(resolveCall('to_int32', [column('d', { kind: 'float64' })]))).toMatch(/half_up/)
  })
})
