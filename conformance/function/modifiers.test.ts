import { afterAll, describe, expect, it } from 'vitest'
import { printExpression } from '../../packages/etl/src/function/print.ts'
import { resolveAggregate, resolveCall, resolveWindow } from '../../packages/etl/src/function/resolve.ts'
import { sqlLiteral } from '../../packages/etl/src/function/dialect.ts'
import type { Expression, LiteralValue, SortKey } from '../../packages/etl/src/plan/expression.ts'
import {
  bool,
  decimal,
  float64,
  int32,
  int64,
  list,
  type LogicalType,
  text,
} from '../../packages/etl/src/plan/type.ts'
import { sameValue } from './equal.ts'
import type { Peer } from './judge.ts'
import { hasPostgres, hasSpark, openPeers, postgresTitle, sparkTitle } from './peers.ts'

const peers = await openPeers()

/** `k` repeats, `n` has a NULL, `x` has a NULL and repeats; `f` keeps all rows but the second. */
const types: Readonly<Record<string, LogicalType>> = { i: int32, k: text, n: int64, x: text, f: bool }
const rows: readonly (readonly LiteralValue[])[] = [
  ['1', 'a', '2', 'p', true],
  ['2', 'a', null, 'q', false],
  ['3', 'b', '1', null, true],
  ['4', 'b', '3', 's', null],
  ['5', 'B', '3', 'p', true],
  ['6', 'B', null, 't', true],
]

const column = (name: string): Expression => {
  return { kind: 'column', name, type: types[name] ?? int32, nullable: true }
}
const literal = (value: LiteralValue, type: LogicalType): Expression => {
  return { kind: 'literal', value, type, nullable: false }
}
const by = (name: string, direction: SortKey['direction'], nulls: SortKey['nulls']): SortKey => {
  return { expression: column(name), direction, nulls }
}

function expression(result: ReturnType<typeof resolveCall>): Expression {
  if ('problem' in result) throw new Error(result.problem)
  return result.expression
}

async function ask(peer: Peer, e: Expression, place = '0'): Promise<readonly LiteralValue[]> {
  const { dialect } = peer
  const names = Object.keys(types)
  const selects = rows.map(
    (row) =>
      `SELECT ${names.map((n, i) => `${sqlLiteral(row[i] ?? null, types[n] ?? text, dialect)} AS ${n}`).join(', ')}`,
  )
  const sql = `SELECT ${place} AS i, ${printExpression(e, dialect)} AS v FROM (${selects.join(' UNION ALL ')}) AS t`
  const answer = await peer.answer(sql, e.type)
  if ('error' in answer) throw new Error(`${sql}\n${answer.error}`)
  expect(answer.typed).toBe(true)
  return answer.values
}

const orders: readonly (readonly [string, readonly SortKey[], string])[] = [
  ['both up', [by('k', 'asc', 'last'), by('i', 'asc', 'last')], '561234'],
  ['both down', [by('k', 'desc', 'last'), by('i', 'desc', 'last')], '432165'],
  ['up, then down', [by('k', 'asc', 'last'), by('i', 'desc', 'first')], '652143'],
  ['down, then up', [by('k', 'desc', 'first'), by('i', 'asc', 'last')], '341256'],
  ['NULL last up', [by('n', 'asc', 'last'), by('i', 'asc', 'last')], '314526'],
  ['NULL first up', [by('n', 'asc', 'first'), by('i', 'asc', 'last')], '263145'],
  ['NULL last down', [by('n', 'desc', 'last'), by('i', 'desc', 'last')], '541362'],
  ['NULL first down', [by('n', 'desc', 'first'), by('i', 'desc', 'last')], '625413'],
  ['NULL first down, then up', [by('n', 'desc', 'first'), by('i', 'asc', 'last')], '264513'],
  ['NULL last down, then up', [by('n', 'desc', 'last'), by('i', 'asc', 'last')], '451326'],
  ['NULL last up, then down', [by('n', 'asc', 'last'), by('i', 'desc', 'last')], '315462'],
]

const condition = column('f')
const more = expression(resolveCall('gt', [column('n'), literal('1', int64)]))
const total = [by('i', 'desc', 'last')]

/** Every aggregate over the rows that `f` keeps: 1, 3, 5 and 6. */
const filtered: readonly (readonly [string, readonly Expression[], readonly SortKey[], LiteralValue])[] = [
  ['count', [], [], '4'],
  ['count_value', [column('n')], [], '3'],
  ['count_distinct', [column('x')], [], '2'],
  ['count_if', [more], [], '2'],
  ['sum', [column('n')], [], '6'],
  ['sum_if', [column('n'), more], [], '5'],
  ['avg', [column('n')], [], '2'],
  ['min', [column('n')], [], '1'],
  ['max', [column('k')], [], 'b'],
  ['min_by', [column('i'), column('n')], [], '3'],
  ['max_by', [column('i'), column('k')], [], '3'],
  ['any_true', [more], [], true],
  ['all_true', [more], [], false],
  ['median', [column('n')], [], '2'],
  ['quantile', [column('n'), literal('0.25', decimal(3, 2))], [], '1.5'],
  ['variance', [column('n')], [], '1'],
  ['stddev', [column('n')], [], '1'],
  ['string_agg', [column('x'), literal('-', text)], total, 't-p-p'],
  ['list_agg', [column('x')], total, ['t', 'p', null, 'p']],
  ['first', [column('x')], total, 't'],
  ['last', [column('x')], total, 'p'],
]

/** Aggregates over a sliding frame of this row and the one before, in the order of `i`. */
const framed: readonly (readonly [string, readonly Expression[], readonly LiteralValue[]])[] = [
  ['count', [], ['1', '2', '2', '2', '2', '2']],
  ['count_if', [more], ['1', '1', '0', '1', '2', '1']],
  ['sum', [column('n')], ['2', '2', '1', '4', '6', '3']],
  ['sum_if', [column('n'), more], ['2', '2', null, '3', '6', '3']],
  ['min', [column('x')], ['p', 'p', 'q', 's', 'p', 'p']],
  ['any_true', [more], [true, true, false, true, true, true]],
  ['string_agg', [column('x'), literal('-', text)], ['p', 'p-q', 'q', 's', 's-p', 'p-t']],
  ['list_agg', [column('x')], [['p'], ['p', 'q'], ['q', null], [null, 's'], ['s', 'p'], ['p', 't']]],
]

describe('what surrounds an aggregate means the same everywhere', () => {
  afterAll(async () => {
    for (const peer of peers) await peer[Symbol.asyncDispose]()
  })

  it.skipIf(!hasPostgres)(postgresTitle, () => expect(peers.map((p) => p.dialect)).toContain('postgres'))
  it.skipIf(!hasSpark)(sparkTitle, () => expect(peers.map((p) => p.dialect)).toContain('spark'))

  for (const peer of peers) {
    it.each(orders)(`${peer.name} orders rows: %s`, async (_title, order, wanted) => {
      const places = wanted.split('')
      const of = (name: string): Promise<readonly LiteralValue[]> =>
        ask(peer, expression(resolveAggregate(name, [column('i')], { order })))
      expect(await of('list_agg')).toEqual([places])
      expect(await of('first')).toEqual([places[0]])
      expect(await of('last')).toEqual([places.at(-1)])
    })

    it.each(filtered)(`${peer.name} filters %s`, async (name, args, order, wanted) => {
      const e = expression(resolveAggregate(name, args, { filter: condition, order }))
      const [value = null] = await ask(peer, e)
      expect(sameValue(value, wanted, e.type), JSON.stringify(value)).toBe(true)
      const none = resolveCall('gt', [column('n'), literal('99', int64)])
      const empty = expression(resolveAggregate(name, args, { filter: expression(none), order }))
      expect(await ask(peer, empty)).toEqual([name.startsWith('count') ? '0' : null])
    })

    it.each(framed)(`${peer.name} slides %s`, async (name, args, wanted) => {
      const window = { partition: [], order: [by('i', 'asc', 'last')], frame: { from: -1, to: 0 } }
      const e = expression(resolveWindow(name, args, window))
      expect(await ask(peer, e, 'i')).toEqual(wanted)
    })

    it(`${peer.name} sums and collects distinct values`, async () => {
      const distinct = (name: string, args: readonly Expression[], order: readonly SortKey[] = []) =>
        ask(peer, expression(resolveAggregate(name, args, { distinct: true, order })))
      expect(await distinct('sum', [column('n')])).toEqual(['6'])
      expect(await distinct('list_agg', [column('x')], [by('x', 'desc', 'last')])).toEqual([
        ['t', 's', 'q', 'p', null],
      ])
      expect(await distinct('list_agg', [column('x')], [by('x', 'asc', 'first')])).toEqual([
        [null, 'p', 'q', 's', 't'],
      ])
    })
  }

  it('types agree with what is asked', () => {
    expect(expression(resolveAggregate('avg', [column('n')], {})).type).toEqual(float64)
    expect(expression(resolveAggregate('list_agg', [column('x')], { order: total })).type).toEqual(list(text))
  })
})
