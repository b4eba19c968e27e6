/**
 * Appends numbered rows to a lake until it is killed, compacting, evolving, expiring and sweeping in between. Prints
 * each number once its commit has returned. The next number is the position that the last snapshot carries.
 *
 * usage: node kill-child.ts FOLDER (or s3://bucket/folder, reached as the environment says)
 */
import {
  expireSnapshots,
  openLake,
  planCompaction,
  removeOrphans,
} from '../../packages/etl/src/lake/index.ts'
import { text } from '../../packages/etl/src/plan/type.ts'
import { readRows, rowTable, writeRows } from './temporary-lake.ts'

const name = 'a.t'
await using lake = await openLake({ folder: process.argv[2] ?? '' })
if ((await lake.load(name)) === undefined) {
  const tx = await lake.begin()
  tx.create({ name, ...rowTable })
  await tx.commit()
}
for (;;) {
  const table = await lake.load(name)
  if (table === undefined) throw new Error('the table is gone')
  const next = Number(table.current?.summary['securecart.position'] ?? 0) + 1
  const position = { 'securecart.position': String(next) }
  const tx = await lake.begin({ base: [table] })
  tx.append(name, [await writeRows(lake, name, [String(next)])], position)
  if (next % 11 === 0) tx.evolve(name, [{ kind: 'add', name: `c${next}`, type: text, nullable: true }])
  await tx.commit()
  process.stdout.write(`${next}\n`)
  if (next % 3 === 0) await compact()
  if (next % 4 === 0) await expireSnapshots(lake, name, { olderThanMs: -1_000, retainLast: 2 })
  if (next % 5 === 0) await removeOrphans(lake, name, { olderThanMs: -1_000 })
}

async function compact(): Promise<void> {
  const table = await lake.load(name)
  const [group] = table === undefined ? [] : await planCompaction(table, { targetFileBytes: 4_000 })
  if (table === undefined || group === undefined) return
  await using _held = await lake.hold(group.files)
  const file = await writeRows(lake, name, await readRows(group.files))
  const tx = await lake.begin({ base: [table] })
  const removed = group.files.map((f) => f.path)
  const position = { 'securecart.position': table.current?.summary['securecart.position'] ?? '0' }
  tx.overwrite(name, { removed, files: [file] }, position, { operation: 'replace' })
  await tx.commit()
}
