import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../../../../../conformance/function/duckdb.ts'
import { sqlLiteral } from '../../function/dialect.ts'
import { printExpression } from '../../function/print.ts'
import { resolveCall } from '../../function/resolve.ts'
import type { Expression } from '../../plan/expression.ts'
import { decimal, int32, type LogicalType, typeName } from '../../plan/type.ts'

const duckdb = await openDuckdb()
const seed = Date.now()

const shown = (units: bigint, scale: number): string => {
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  const text = scale === 0 ? digits : `${digits.slice(0, -scale)}.${digits.slice(-scale)}`
  return units < 0n ? `-${text}` : text
}

const halfAway = (n: bigint, d: bigint): bigint => {
  const abs = (v: bigint): bigint => (v < 0n ? -v : v)
  const magnitude = (2n * abs(n) + abs(d)) / (2n * abs(d))
  return n < 0n !== d < 0n ? -magnitude : magnitude
}

const pow = (n: number): bigint => 10n ** BigInt(n)
const units = (digits: number): fc.Arbitrary<bigint> =>
  fc.integer({ min: 1, max: digits }).chain((n) => fc.bigInt(1n - pow(n), pow(n) - 1n))

interface Shape {
  readonly x: readonly [number, number]
  readonly y: readonly [number, number]
  readonly out: readonly [number, number]
}

const quotient = (x: bigint, y: bigint, s: Shape): bigint | null => {
  const shift = s.out[1] + s.y[1] - s.x[1]
  return y === 0n ? null : halfAway(x * pow(Math.max(0, shift)), y * pow(Math.max(0, -shift)))
}
const product = (x: bigint, y: bigint, s: Shape): bigint => {
  const drop = s.x[1] + s.y[1] - s.out[1]
  return halfAway(x * y * pow(Math.max(0, -drop)), pow(Math.max(0, drop)))
}

/** Asks DuckDB for all pairs at once, as columns, and compares with the same arithmetic over bigint. */
async function check(
  name: string,
  s: Shape,
  of: (x: bigint, y: bigint, s: Shape) => bigint | null,
): Promise<void> {
  const types: readonly [LogicalType, LogicalType] = [decimal(...s.x), decimal(...s.y)]
  const args: Expression[] = [
    ...types.map((type, i) => ({ kind: 'column', name: `a${i}`, type, nullable: true }) as const),
    ...s.out.map((n) => ({ kind: 'literal', value: String(n), type: int32, nullable: false }) as const),
  ]
  const call = resolveCall(name, args)
  if ('problem' in call) throw new Error(call.problem)
  const pairs = fc.sample(fc.tuple(units(s.x[0]), units(s.y[0])), { seed, numRuns: 600 }).filter(([x, y]) => {
    const result = of(x, y, s) ?? 0n
    const wide = 2n * (x < 0n ? -x : x) * pow(12)
    return result < pow(s.out[0]) && -result < pow(s.out[0]) && wide < 2n ** 127n
  })
  const rows = pairs.map(([x, y], i) => {
    return `(${i}, ${sqlLiteral(shown(x, s.x[1]), types[0], 'duckdb')}, ${sqlLiteral(shown(y, s.y[1]), types[1], 'duckdb')})`
  })
  const t = `WITH t(i, a0, a1) AS MATERIALIZED (VALUES ${rows.join(', ')})`
  const sql = `${t} SELECT i, ${printExpression(call.expression, 'duckdb')} AS v FROM t`
  const answer = await duckdb.answer(sql, call.expression.type)
  const wanted = pairs.map(([x, y]) => {
    const result = of(x, y, s)
    return result === null ? null : shown(result, s.out[1])
  })
  expect(pairs.length).toBeGreaterThan(20)
  expect(answer).toEqual({ values: wanted, typed: true })
}

const shapes: readonly Shape[] = [
  { x: [18, 2], y: [10, 0], out: [18, 2] },
  { x: [18, 3], y: [18, 6], out: [30, 2] },
  { x: [9, 2], y: [9, 4], out: [20, 6] },
  { x: [12, 6], y: [6, 0], out: [14, 2] },
  { x: [25, 2], y: [9, 0], out: [27, 4] },
]

describe('exact money', () => {
  afterAll(async () => {
    console.info(`money: seed ${seed}`)
    await duckdb[Symbol.asyncDispose]()
  })
  const named = shapes.map((s) => [typeName(decimal(...s.x)), typeName(decimal(...s.y)), s] as const)
  it.each(named)('divides %s by %s as bigint does', async (_x, _y, s) => {
    await check('decdiv', s, quotient)
  })
  it.each(named)('multiplies %s by %s as bigint does', async (_x, _y, s) => {
    await check('decmul', s, product)
  })
})
