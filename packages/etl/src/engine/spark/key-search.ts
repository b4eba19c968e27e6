import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { newTally } from '../booking/tally.ts'
import type { Engine, KeySearch } from '../contract.ts'
import { sqlOf } from '../print/sql.ts'
import { ask, prepare, stepsOf } from './converse.ts'
import { callOf, lower, type Lowering } from './lower.ts'
import { scanLake } from './scan.ts'
import type { OpenSparkSession } from './session.ts'
import { stageSources } from './stage-source.ts'

const s = sqlOf.spark

/** Finds the files that hold rows of the plan's keys, see `Engine.filesHoldingKeys`. */
export async function filesHoldingKeys(
  search: KeySearch,
  open: OpenSparkSession,
  embedded: Engine,
): Promise<readonly string[]> {
  if (search.files.length === 0) return []
  const scratch = path.join(search.scratch, 'keys')
  await mkdir(scratch, { recursive: true })
  const staged = await stageSources(
    embedded,
    { ...search, scratch, targetFileBytes: 128 * 2 ** 20 },
    path.join(scratch, 'rejects'),
  )
  const l: Lowering = {
    inputs: staged.inputs,
    tally: newTally(),
    views: [],
    checks: [],
    books: [],
    scans: 0,
    ...(search.signal ? { signal: search.signal } : {}),
  }
  const wanted = await lower(search.plan, l, false)
  const keyFields = search.schema.filter((f) => search.keys.includes(f.name))
  const published = await scanLake(l.views, search.files, keyFields, {
    name: 'published',
    fileAs: '__file',
    ...(search.signal ? { signal: search.signal } : {}),
  })
  const keys = search.keys.map(s.name)
  const same = keys.map((k) => `f.${k} <=> w.${k}`).join(' AND ')
  const sql = `SELECT DISTINCT f.${s.name('__file')} FROM (${published}) f LEFT SEMI JOIN (SELECT DISTINCT ${keys.join(', ')} FROM (${wanted.sql})) w ON ${same}`
  const doing = 'finding the files to rewrite'
  await using session = await open({})
  await session.foresee?.([...stepsOf(l), ask(sql, doing)], callOf(search, doing))
  await prepare(session, l)
  const rows = await session.rows(sql, callOf(search, doing))
  const found = new Set(rows.map(([uri]) => pathOf(uri ?? '')))
  return search.files.filter((f) => found.has(f.path)).map((f) => f.path)
}

/** The path that a `file:` URI, escaped as Spark shows it, names. */
function pathOf(uri: string): string {
  return decodeURIComponent(uri.replace(/^file:(\/\/)?/, ''))
}
