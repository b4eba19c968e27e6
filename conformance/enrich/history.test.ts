import { afterAll, expect, test } from 'vitest'
import * as t from '../../packages/etl/src/plan/type.ts'
import { asOfStep } from '../../packages/etl/src/step/as-of.ts'
import { historyStep, type HistoryOptions } from '../../packages/etl/src/step/history.ts'
import { type Random, randomFrom } from '../crash/random.ts'
import { seedFor } from '../crash/report.ts'
import { describeOnEngines, type Row } from './on-engines.ts'

const seed = seedFor('HISTORY_SEED')
let states = 0
let asked = 0
afterAll(() =>
  console.info(
    `${states} states and ${asked} questions as of a time, seed ${seed} (HISTORY_SEED repeats it)`,
  ),
)

const columns = [
  t.field('k', t.int64),
  t.field('name', t.text),
  t.field('size', t.decimal(8, 2)),
  t.field('at', t.timestamp),
  t.field('gone', t.bool),
  t.field('seq', t.int64, false),
]
const questions = [t.field('id', t.int64, false), t.field('who', t.int64), t.field('when', t.timestamp)]
const options: HistoryOptions = { by: ['k'], at: 'at', deleted: 'gone', order: [{ column: 'seq' }] }

const momentOf = (tick: number): string =>
  `${new Date(Date.UTC(2024, 0, 1, 0, 0, tick)).toISOString().slice(0, 19)}.000000`

/** States of few keys at few times, so that many are equal, at one time, deleted, or without a key or time. */
function statesOf(random: Random, keys: number): readonly Row[] {
  return Array.from({ length: keys * 12 }, (_, seq): Row => [
    random.chance(0.03) ? null : String(random.below(keys)),
    random.pick(['a', 'b', null]),
    random.pick(['1.00', '2.50', null]),
    random.chance(0.05) ? null : momentOf(random.below(20)),
    random.pick([true, false, false, null]),
    String(seq),
  ])
}

interface Version {
  readonly key: Row[number]
  readonly state: Row
  readonly from: string
  to: string | null
}

/** Plays the states of each key one after another. */
function played(rows: readonly Row[]): readonly Version[] {
  const versions: Version[] = []
  for (const key of new Set(rows.map((r) => r[0]))) {
    const last = new Map<string, Row>()
    for (const row of rows.filter((r) => r[0] === key && r[3] !== null)) last.set(String(row[3]), row)
    let open: Version | undefined
    for (const at of [...last.keys()].toSorted()) {
      const row = last.get(at) ?? []
      const isSame = open !== undefined && open.state[1] === row[1] && open.state[2] === row[2]
      if (row[4] !== true && isSame) continue
      if (open !== undefined) open.to = at
      open = row[4] === true ? undefined : { key: key ?? null, state: row, from: at, to: null }
      if (open !== undefined) versions.push(open)
    }
  }
  return versions
}

const shown = (v: Version): Row => [
  v.key,
  v.state[1] ?? null,
  v.state[2] ?? null,
  v.state[5] ?? null,
  v.from,
  v.to,
  v.to === null,
]

const sorted = (rows: readonly Row[]): readonly string[] => rows.map((r) => JSON.stringify(r)).toSorted()

describeOnEngines('versions and what was valid then', (bench) => {
  test('are what playing the states one by one gives', async () => {
    const random = randomFrom(seed)
    for (let round = 0; round < (bench.isEmbedded ? 12 : 1); round++) {
      const keys = bench.isEmbedded ? 1 + random.below(40) : 40
      const rows = statesOf(random, keys)
      const versions = played(rows)
      const table = await bench.table('states', columns, rows)
      const made = historyStep.lower(table.scan, options, [])
      const { rows: found, counts } = await bench.run(made, [table])
      expect(found, `seed ${seed}, round ${round}`).toEqual(sorted(versions.map(shown)))
      expect(counts.rejected).toBe(rows.filter((r) => r[3] === null).length)
      states += rows.length

      const ask = Array.from({ length: keys * 8 }, (_, id): Row => [
        String(id),
        random.chance(0.05) ? null : String(random.below(keys + 1)),
        random.chance(0.05) ? null : momentOf(random.below(22) - 1),
      ])
      const want = ask.map(([id = null, who = null, when = null]): Row => {
        const hits = versions.filter(
          (v) =>
            who !== null &&
            when !== null &&
            v.key === who &&
            v.from <= String(when) &&
            (v.to === null || String(when) < v.to),
        )
        expect(hits.length).toBeLessThan(2)
        return [id, who, when, hits[0]?.state[1] ?? null, hits[0]?.from ?? null]
      })
      const asking = await bench.table('questions', questions, ask)
      if (!('kind' in made)) throw new Error('history did not lower')
      const answered = asOfStep.lower(
        asking.scan,
        { at: 'when', on: [['who', 'k']], keep: ['name', 'valid_from'] },
        [made],
      )
      const answers = await bench.run(answered, [asking, table])
      expect(answers.rows, `seed ${seed}, round ${round}`).toEqual(sorted(want))
      asked += ask.length
    }
  }, 180_000)

  test('versions by date, without deletes, tracking some columns', async () => {
    const random = randomFrom(seed + 1)
    const dated = [
      t.field('k', t.int64, false),
      t.field('name', t.text),
      t.field('note', t.json),
      t.field('at', t.date, false),
    ]
    const rows = Array.from({ length: 30 }, (_, i): Row => [
      String(i % 3),
      random.pick(['a', 'b']),
      `{"n":${i}}`,
      `2024-01-${String(1 + Math.floor(i / 3)).padStart(2, '0')}`,
    ])
    const want = [0, 1, 2].flatMap((k) => {
      const own = rows.filter((r) => r[0] === String(k))
      const starts = own.filter((r, i) => i === 0 || own[i - 1]?.[1] !== r[1])
      return starts.map((r, i): Row => {
        const next = starts[i + 1]?.[3] ?? null
        return [r[0] ?? null, r[1] ?? null, r[2] ?? null, r[3] ?? null, next, next === null]
      })
    })
    const table = await bench.table('dated', dated, rows)
    const { rows: found, counts } = await bench.run(
      historyStep.lower(table.scan, { by: ['k'], at: 'at', track: ['name'] }, []),
      [table],
    )
    expect(found).toEqual(sorted(want))
    expect(counts.rejected).toBe(0)
    states += rows.length
  }, 60_000)
})
