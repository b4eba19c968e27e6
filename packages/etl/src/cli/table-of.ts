import { EtlError } from '../base/errors.ts'
import type { AsOf, Lake, LakeTable } from '../lake/contract.ts'

/** Loads a table or fails with `run.unknown-table` and the names that exist. */
export async function needTable(lake: Lake, name: string): Promise<LakeTable> {
  const table = await lake.load(name)
  if (table !== undefined) return table
  const names = await lake.tables()
  throw new EtlError('run.unknown-table', `there is no table "${name}" in the lake`, {
    hint:
      names.length === 0 ? 'The lake is empty; run `securecart run` first.' : `Tables: ${names.join(', ')}`,
  })
}

/** Reads `--as-of`: a snapshot id, a time (ISO 8601), or the name of a branch or tag. */
export function parseAsOf(text: string): AsOf {
  if (/^\d{6,}$/.test(text)) return { snapshot: BigInt(text) }
  const time = /^\d{4}-\d\d-\d\d/.test(text) ? Date.parse(text) : Number.NaN
  return Number.isNaN(time) ? { ref: text } : { timestampMs: time }
}
