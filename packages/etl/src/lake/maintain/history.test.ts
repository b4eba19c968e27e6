import fc from 'fast-check'
import { utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import {
  readRows,
  rowTable,
  temporaryLake,
  writeRows,
} from '../../../../../conformance/lake/temporary-lake.ts'
import { testOnDisk } from '../../../../../conformance/lake/test-on-disk.ts'
import type { DataFile, FolderLake } from '../index.ts'
import { expireSnapshots, planCompaction, removeOrphans } from '../index.ts'

const name = 'a.t'
const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({ kind: fc.constant('append' as const), rows: fc.integer({ min: 0, max: 3 }) }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('overwrite' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('rollback' as const), which: fc.nat(20) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('tag' as const), which: fc.nat(20) }) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('expire' as const), retain: fc.integer({ min: 1, max: 4 }) }),
  },
  { weight: 2, arbitrary: fc.constant({ kind: 'sweep' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'compact' as const }) },
  { weight: 1, arbitrary: fc.constant({ kind: 'lost' as const }) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

/** What every snapshot must read as, kept apart from the lake. */
interface Oracle {
  readonly states: Map<bigint, readonly string[]>
  next: number
}

const files = { dataFiles: 'exists' } as const

async function publish(
  lake: FolderLake,
  oracle: Oracle,
  rows: readonly string[],
  task: (tx: Awaited<ReturnType<FolderLake['begin']>>) => void,
): Promise<void> {
  const tx = await lake.begin(files)
  task(tx)
  await tx.commit()
  oracle.states.set((await lake.load(name))?.current?.id ?? 0n, rows.toSorted())
}

async function apply(lake: FolderLake, oracle: Oracle, now: Step): Promise<void> {
  const table = await lake.load(name)
  if (table === undefined) throw new Error('the table is gone')
  const live = await table.files()
  const rows = table.current === undefined ? [] : (oracle.states.get(table.current.id) ?? [])
  const pick = <T>(items: readonly T[], which: number): T | undefined =>
    items[which % Math.max(1, items.length)]
  switch (now.kind) {
    case 'append': {
      const added = Array.from({ length: now.rows }, () => String(oracle.next++))
      const file = await writeRows(lake, name, added)
      return publish(lake, oracle, [...rows, ...added], (tx) =>
        tx.append(name, now.rows === 0 ? [] : [file], {}),
      )
    }
    case 'overwrite': {
      const victim = pick(live, now.which)
      if (victim === undefined) return
      const gone = await readRows([victim])
      const added = [String(oracle.next++)]
      const file = await writeRows(lake, name, added, 'NA')
      const change = { removed: [victim.path], files: [file] }
      return publish(lake, oracle, [...rows.filter((r) => !gone.includes(r)), ...added], (tx) =>
        tx.overwrite(name, change, {}),
      )
    }
    case 'rollback': {
      const target = pick(table.snapshots, now.which)
      if (target === undefined) return
      return publish(lake, oracle, oracle.states.get(target.id) ?? [], (tx) => tx.rollback(name, target.id))
    }
    case 'tag': {
      const target = pick(table.snapshots, now.which)
      if (target === undefined) return
      const tx = await lake.begin()
      tx.setRef(name, `tag${now.which % 2}`, target.id, 'tag')
      return tx.commit()
    }
    case 'expire':
      await expireSnapshots(lake, name, { olderThanMs: -1_000, retainLast: now.retain })
      return
    case 'sweep':
      await removeOrphans(lake, name, { olderThanMs: -1_000 })
      return
    case 'compact':
      return compact(lake, oracle, rows)
    case 'lost':
      await writeRows(lake, name, ['never published'])
      return
  }
}

async function compact(lake: FolderLake, oracle: Oracle, rows: readonly string[]): Promise<void> {
  const table = await lake.load(name)
  const [group] = table === undefined ? [] : await planCompaction(table, { targetFileBytes: 100 })
  if (group === undefined) return
  const file = await writeRows(lake, name, await readRows(group.files), group.partition[0] ?? null)
  const change = { removed: group.files.map((f) => f.path), files: [file] }
  await publish(lake, oracle, rows, (tx) => tx.overwrite(name, change, {}, { operation: 'replace' }))
}

async function check(lake: FolderLake, oracle: Oracle): Promise<void> {
  const table = await lake.load(name)
  for (const snapshot of table?.snapshots ?? []) {
    const seen = await readRows(await table?.files({ asOf: { snapshot: snapshot.id } }))
    expect(seen).toEqual(oracle.states.get(snapshot.id))
  }
  for (const { snapshotId } of table?.refs.values() ?? []) expect(oracle.states.has(snapshotId)).toBe(true)
}

test('every remaining snapshot of any history reads as it did when it was made', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 25 }), async (steps) => {
      await using at = await temporaryLake()
      const tx = await at.lake.begin()
      tx.create({ name, ...rowTable })
      await tx.commit()
      const oracle: Oracle = { states: new Map(), next: 0 }
      for (const now of steps) await apply(at.lake, oracle, now)
      await check(at.lake, oracle)
    }),
    { numRuns: 60 },
  )
  // Hundreds of commits, each made durable: a busy disk takes ten times as long.
}, 120_000)

test('expiry keeps what branches and tags need, and removes what nothing reaches', async () => {
  await using at = await temporaryLake()
  const { lake } = at
  const made: DataFile[] = []
  const tx = await lake.begin(files)
  tx.create({ name, ...rowTable })
  for (const row of ['1', '2', '3']) {
    const file = await writeRows(lake, name, [row])
    made.push(file)
    tx.overwrite(name, { removed: 'all', files: [file] }, {})
  }
  await tx.commit()
  const table = await lake.load(name)
  const tag = await lake.begin()
  tag.setRef(name, 'audit', table?.snapshots[1]?.id ?? 0n, 'tag')
  await tag.commit()
  expect(await expireSnapshots(lake, name, { olderThanMs: 60_000, retainLast: 1 })).toMatchObject({
    snapshots: [],
  })
  const expired = await expireSnapshots(lake, name, { olderThanMs: -1_000, retainLast: 1 })
  expect(expired.snapshots).toEqual([table?.snapshots[0]?.id])
  // One data file, its manifest, the manifest that removed it, and the manifest list.
  expect(expired.removedFiles).toBeGreaterThanOrEqual(3)
  await expect(readRows([made[0] as DataFile])).rejects.toThrow('ENOENT')
  expect(await readRows(await (await lake.load(name))?.files({ asOf: { ref: 'audit' } }))).toEqual(['2'])
  await expect(expireSnapshots(lake, 'a.none', { olderThanMs: 0, retainLast: 1 })).rejects.toMatchObject({
    code: 'lake.unknown-table',
  })
})

testOnDisk('orphan removal spares young files, writers at work and named position files', async () => {
  await using at = await temporaryLake()
  const { lake } = at
  const positions = `${await lake.positionFolder(name)}/kept.json`
  const tx = await lake.begin(files)
  tx.create({ name, ...rowTable })
  tx.append(name, [await writeRows(lake, name, ['1'])], { 'securecart.positions': positions })
  await tx.commit()
  const lost = await writeRows(lake, name, ['lost'])
  const working = await writeRows(lake, name, ['finished early'])
  await writeFile(join(working.path, '..', 'still-writing.parquet'), '')
  const unnamed = `${await lake.positionFolder(name)}/unnamed.json`
  await Promise.all([positions, unnamed].map((path) => writeFile(path, '{}')))
  const old = new Date(Date.now() - 3_600_000)
  for (const path of [lost.path, working.path, positions, unnamed]) await utimes(path, old, old)
  // Both folders were made a moment ago: nothing in them may go yet.
  expect(await removeOrphans(lake, name, { olderThanMs: 60_000, dryRun: true })).toEqual([unnamed])
  const gone = await removeOrphans(lake, name, { olderThanMs: -1_000 })
  expect(gone).toContain(lost.path)
  expect(gone).not.toContain(positions)
  expect(await readRows(await (await lake.load(name))?.files())).toEqual(['1'])
})

testOnDisk('a sweep between writing and committing makes the commit fail, never the table', async () => {
  await using at = await temporaryLake()
  const { lake } = at
  const first = await lake.begin()
  first.create({ name, ...rowTable })
  await first.commit()
  const slow = await lake.begin(files)
  slow.append(name, [await writeRows(lake, name, ['1'])], {})
  await removeOrphans(lake, name, { olderThanMs: -1_000 })
  await expect(slow.commit()).rejects.toMatchObject({ code: 'lake.missing-file' })
  expect(await (await lake.load(name))?.files()).toEqual([])
})

test('compaction groups small files by partition up to the target size', async () => {
  await using at = await temporaryLake()
  const { lake } = at
  const tx = await lake.begin({ dataFiles: 'none' })
  tx.create({ name, ...rowTable })
  const base = await writeRows(lake, name, ['1'])
  const make = (i: number, bytes: number, region: string): DataFile => ({
    ...base,
    path: `${base.path}${i}`,
    bytes,
    partition: [region],
  })
  tx.append(
    name,
    [make(1, 40, 'EU'), make(2, 50, 'EU'), make(3, 30, 'EU'), make(4, 90, 'EU'), make(5, 10, 'NA')],
    {},
  )
  await tx.commit()
  const table = await lake.load(name)
  const groups = table === undefined ? [] : await planCompaction(table, { targetFileBytes: 100 })
  expect(groups.map((g) => [g.partition, g.bytes, g.files.length])).toEqual([[['EU'], 90, 2]])
})
