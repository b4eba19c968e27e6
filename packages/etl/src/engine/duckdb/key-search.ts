import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { primaryInput } from '../../plan/node.ts'
import { quoteName } from '../../function/dialect.ts'
import type { KeySearch, LakeFile } from '../contract.ts'
import { newLowering } from './booking.ts'
import { lower } from './lower.ts'
import type { DuckdbLimits } from './attempts.ts'
import { printLakeScan } from './scan-lake.ts'
import { openSession } from './session.ts'

/** Finds the files that hold rows of the plan's keys, see `Engine.filesHoldingKeys`. */
export async function filesHoldingKeys(search: KeySearch, limits: DuckdbLimits): Promise<readonly string[]> {
  if (search.files.length === 0) return []
  await mkdir(search.scratch, { recursive: true })
  const folders = new Set<string>()
  const addAll = (files: readonly { readonly path: string }[]): void => {
    for (const file of files) folders.add(path.dirname(file.path))
  }
  for (const binding of search.inputs.values())
    addAll(binding.kind === 'lake' ? binding.files : binding.scan.files)
  addAll(search.files)
  await using session = await openSession({
    ...limits,
    scratch: search.scratch,
    allowed: { folders: [...folders], files: [] },
    ...(search.signal ? { signal: search.signal } : {}),
  })
  const lowering = newLowering(
    session,
    {
      plan: search.plan,
      inputs: search.inputs,
      primary: primaryInput(search.plan),
      scratch: search.scratch,
      ...(search.signal ? { signal: search.signal } : {}),
    },
    { ...limits, buckets: 1 },
  )
  const relation = await lower(search.plan, lowering, false)
  const keys = search.keys.map(quoteName)
  await session.run(
    `CREATE TEMP TABLE wanted AS SELECT DISTINCT ${keys.join(', ')} FROM (${relation.sql})`,
    'reading new keys',
  )
  const keyFields = search.schema.filter((f) => search.keys.includes(f.name))
  const scan = printLakeScan(search.files, keyFields, { rowIds: true })
  const same = keys.map((k) => `f.${k} IS NOT DISTINCT FROM w.${k}`).join(' AND ')
  const rows = await session.rows(
    `SELECT DISTINCT f."__row" >> 40 FROM (${scan}) f WHERE EXISTS (SELECT 1 FROM wanted w WHERE ${same})`,
    'finding the files to rewrite',
  )
  const found = rows.map(([index]): LakeFile | undefined => search.files[Number(index)])
  return found.filter((f) => f !== undefined).map((f) => f.path)
}
