/**
 * Plans queries over a table of many data files and prints the milliseconds each takes.
 *
 * `node bench/lake-plan.ts [files]`, default 100,000; the data files exist in the manifests only.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLake } from '../packages/etl/src/lake/index.ts'
import type { ColumnStats, DataFile, FileFilter } from '../packages/etl/src/lake/index.ts'
import { date, int64, list, text, timestamp } from '../packages/etl/src/plan/type.ts'

const count = Number(process.argv[2] ?? 100_000)
const regions = ['AP', 'EU', 'NA', 'SA']
const days = 1_000
const folder = mkdtempSync(join(tmpdir(), 'lake-plan-'))

function longBytes(value: number): Uint8Array {
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(value))
  return bytes
}

function statsOf(index: number): ColumnStats {
  const ids = [1, 2, 3, 4, 6, 7]
  const all = (n: number): Map<number, number> => new Map(ids.map((id) => [id, n]))
  return {
    sizes: all(1_000),
    valueCounts: all(1_000),
    nullCounts: all(0),
    nanCounts: new Map(),
    lower: new Map([[1, longBytes(index * 1_000)]]),
    upper: new Map([[1, longBytes(index * 1_000 + 999)]]),
  }
}

function makeFiles(): readonly DataFile[] {
  return Array.from({ length: count }, (_, index) => ({
    path: `${folder}/sales/orders/data/part-${String(index).padStart(7, '0')}.parquet`,
    rows: 1_000,
    bytes: 100_000,
    partition: [regions[index % regions.length] ?? null, String(19_000 + (Math.floor(index / 4) % days))],
    stats: statsOf(index),
    splitOffsets: [4],
  }))
}

async function timed<T>(what: string, task: () => Promise<T>): Promise<T> {
  const start = performance.now()
  const result = await task()
  process.stdout.write(`${what}: ${Math.round(performance.now() - start)} ms\n`)
  return result
}

try {
  await using lake = await openLake({ folder })
  const tx = await lake.begin({ dataFiles: 'none' })
  tx.create({
    name: 'sales.orders',
    schema: [
      { name: 'order_id', type: int64, nullable: false },
      { name: 'region', type: text, nullable: true },
      { name: 'ordered_at', type: timestamp, nullable: true },
      { name: 'due', type: date, nullable: true },
      { name: 'tags', type: list(text), nullable: true },
      { name: 'note', type: text, nullable: true },
    ],
    partition: [
      { name: 'region', column: 'region', transform: { kind: 'identity' } },
      { name: 'ordered_at_day', column: 'ordered_at', transform: { kind: 'day' } },
    ],
  })
  tx.append('sales.orders', makeFiles(), {})
  await timed(`commit ${count} files`, () => tx.commit())
  const queries: readonly (readonly [string, readonly FileFilter[]])[] = [
    [
      'one partition (region and day), cold',
      [
        { column: 'region', op: '=', values: ['EU'] },
        { column: 'ordered_at', op: '>=', values: ['2023-05-06T00:00:00.000000'] },
        { column: 'ordered_at', op: '<=', values: ['2023-05-06T23:59:59.999999'] },
      ],
    ],
    ['one region', [{ column: 'region', op: '=', values: ['EU'] }]],
    ['one key, by column bounds', [{ column: 'order_id', op: '=', values: ['77077'] }]],
    ['all files', []],
  ]
  for (const [name, filters] of queries) {
    const files = await timed(name, async () => (await lake.load('sales.orders'))?.files({ filters }))
    process.stdout.write(`  ${files?.length} files\n`)
  }
} finally {
  rmSync(folder, { recursive: true, force: true })
}
