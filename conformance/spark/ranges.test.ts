import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Engine } from '../../packages/etl/src/engine/contract.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { withIds } from '../../packages/etl/src/engine/spark/stage-source.ts'
import type { Expression, LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import type { JoinNode, ScanNode } from '../../packages/etl/src/plan/node.ts'
import * as t from '../../packages/etl/src/plan/type.ts'
import { randomFrom } from '../crash/random.ts'
import { seedFor } from '../crash/report.ts'
import { isSkipped, lines, skipTitle, sparkEngine } from './lines.ts'
import { build, lakeFile, rowsOf } from './tables.ts'

const seed = seedFor('RANGES_SEED')
const minute = 60_000

const values = withIds([t.field('k', t.text), t.field('x', t.int64)])
const ranges = withIds([
  t.field('key', t.text),
  t.field('lo', t.int64),
  t.field('hi', t.int64),
  t.field('label', t.text),
])
const column = (f: t.Field): Expression => ({ kind: 'column', name: f.name, type: f.type, nullable: true })
const named = (schema: t.Schema, name: string): Expression => {
  const found = schema.find((f) => f.name === name)
  if (found === undefined) throw new Error(`no column ${name}`)
  return column(found)
}

interface Shape {
  readonly keyed: boolean
  readonly toInclusive: boolean
  readonly type: 'lookup' | 'inner'
}
const shapes: readonly Shape[] = [true, false].flatMap((keyed) =>
  [true, false].flatMap((toInclusive) =>
    (['lookup', 'inner'] as const).map((type) => ({ keyed, toInclusive, type })),
  ),
)

function plan({ keyed, toInclusive, type }: Shape): JoinNode {
  const left: ScanNode = { kind: 'scan', input: 't.values', schema: values }
  const right: ScanNode = { kind: 'scan', input: 't.ranges', schema: ranges }
  return {
    kind: 'join',
    type,
    left,
    right,
    on: keyed ? [{ left: named(values, 'k'), right: named(ranges, 'key') }] : [],
    range: {
      left: named(values, 'x'),
      from: named(ranges, 'lo'),
      to: named(ranges, 'hi'),
      toInclusive,
    },
    keepRight: [
      { column: 'label', as: 'label' },
      { column: 'hi', as: 'e' },
    ],
    schema: [...values, t.field('label', t.text), t.field('e', t.int64)],
  }
}

type Row = readonly LiteralValue[]

/** Ranges that do not overlap within a key (with no key: at all), with gaps, empty ones, and some without an end. */
function rangesOf(shape: Shape, random: ReturnType<typeof randomFrom>): Row[] {
  const rows: Row[] = []
  for (const key of shape.keyed ? ['a', 'b', null] : ['a']) {
    let at = -20
    for (let i = 0; i < 12; i++) {
      const start = at + random.below(3)
      const end = start + 1 + random.below(6)
      rows.push([key, String(start), String(end), `${key}${i}`])
      if (random.chance(0.4))
        rows.push([key, String(start), random.chance(0.5) ? null : String(start - 1), 'none'])
      if (!shape.toInclusive && random.chance(0.4)) rows.push([key, String(start), String(start), 'empty'])
      if (random.chance(0.2)) rows.push([key, null, String(end), 'none'])
      at = shape.toInclusive ? end + 1 : end
    }
  }
  return rows
}

describe.skipIf(isSkipped).each(lines)(`range lookups on Spark %s, seed ${seed}${skipTitle}`, (line) => {
  const duckdb = openDuckdb({ memoryLimitBytes: 256e6, threads: 1 })
  let spark: Engine
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'spark-ranges-'))
    spark = await sparkEngine(line, duckdb)
  })
  afterAll(async () => {
    await spark[Symbol.asyncDispose]()
    await rm(folder, { recursive: true, force: true })
  })

  test.each(shapes)(
    'find what DuckDB finds, which is what comparing all pairs finds: %o',
    async (shape) => {
      const random = randomFrom(seed)
      const right = rangesOf(shape, random)
      const left = Array.from({ length: 300 }, (): Row => [
        random.pick(['a', 'b', null]),
        random.chance(0.05) ? null : String(random.below(100) - 30),
      ])
      const node = plan(shape)
      const inputs = new Map([
        ['t.values', await lakeFile(folder, values, left)],
        ['t.ranges', await lakeFile(folder, ranges, right)],
      ])
      const want = left.flatMap(([k, x]) => {
        const found = right.filter(
          ([key, lo, hi]) =>
            (!shape.keyed || (k !== null && k === key)) &&
            [x, lo, hi].every((v) => v !== null) &&
            Number(x) >= Number(lo) &&
            (shape.toInclusive ? Number(x) <= Number(hi) : Number(x) < Number(hi)),
        )
        expect(found.length).toBeLessThan(2)
        const [hit] = found
        return hit === undefined && shape.type === 'inner'
          ? []
          : [JSON.stringify([k, x, hit?.[3] ?? null, hit?.[2] ?? null])]
      })
      expect(want.length).toBeGreaterThan(50)
      const b = { plan: node, inputs, schema: withIds(node.schema), folder }
      for (const engine of [duckdb, spark]) {
        const { files } = await build(engine, b)
        expect((await rowsOf(duckdb, files, b.schema)).toSorted()).toEqual(want.toSorted())
      }
    },
    3 * minute,
  )
})
