import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { csv, dedupe, int64, table } from '../../packages/etl/src/index.ts'
import { maintain } from '../../packages/etl/src/run/maintain.ts'
import { openWorkshop } from './workshop.ts'

const turns = Number(process.env['MAINTAIN_TURNS'] ?? 25)
/** Snapshots and orphans younger than this stay: longer than any read of this test takes. */
const youngMs = 15_000

const raw = table('raw.rows', {
  from: csv('in/*.csv', { columns: { id: int64({ required: true }), v: int64() } }),
})
const latest = table('kept.rows', { from: raw.pipe(dedupe({ by: ['id'], keep: 'last', order: ['v'] })) })

test(`maintenance beside writers, ${turns} times: no reader misses a file, and none sees half of anything`, async () => {
  await using at = await openWorkshop('maintained-')
  const reading = { isOver: false }
  let [read, removed, compacted] = [0, 0, 0]
  await at.deliver('0.csv', ['id,v', '1,0', '2,0'])
  await at.run([raw, latest])
  const maintained = async (): Promise<void> => {
    for (const name of ['raw.rows', 'kept.rows']) {
      const report = await maintain(at.lake, name, {
        engine: at.engine,
        scratch: at.lake.scratch,
        targetFileBytes: 2 ** 27,
        keep: 1,
        olderThanMs: youngMs,
        orphansOlderThanMs: youngMs,
      })
      removed += report.removedFiles
      compacted += report.compactedFiles
    }
  }
  const reader = async (): Promise<void> => {
    while (!reading.isOver) {
      const rows = (await at.rows('raw.rows')).map((row) => (JSON.parse(row) as string[]).map(Number))
      const values = rows.map(([, v]) => v ?? 0)
      // Each delivery is one row of either key: two rows for each value up to the greatest.
      expect(rows).toHaveLength(2 * (Math.max(...values) + 1))
      expect(await at.rows('kept.rows')).toHaveLength(2)
      read += 1
    }
  }
  const readers = Promise.all([reader(), reader()])
  for (let turn = 1; turn <= turns; turn++) {
    await at.deliver(`${turn}.csv`, ['id,v', `1,${turn}`, `2,${turn}`])
    await Promise.all([at.run([raw, latest]), maintained()])
    await Promise.race([readers, sleep(0)])
  }
  await sleep(youngMs)
  await maintained()
  reading.isOver = true
  await readers
  process.stdout.write(`maintenance: ${read} reads, ${compacted} files compacted, ${removed} removed\n`)
  expect(await at.rows('raw.rows')).toHaveLength(2 * (turns + 1))
  expect(read).toBeGreaterThan(turns / 2)
  expect(removed).toBeGreaterThan(turns)
  expect(compacted).toBeGreaterThan(0)
}, 3_600_000)
