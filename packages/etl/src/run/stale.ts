import type { Code } from '../base/codes.ts'
import { EtlError } from '../base/errors.ts'
import type { Lake, LakeTable } from '../lake/contract.ts'

/** How it looks when maintenance removes a file that a run is about to read. */
const looksStale: readonly Code[] = ['engine.failed', 'lake.corrupt', 'lake.missing-file']

/**
 * Tells apart a fault from a state that is no longer: when one of the tables that a task was based on has moved on
 * (maintenance that keeps no old snapshots took their files), the same failure is worth another attempt. Without tables,
 * reading the state itself failed.
 */
export async function stale(error: unknown, lake: Lake, base?: readonly LakeTable[]): Promise<unknown> {
  if (!(error instanceof EtlError) || error.retry !== 'never' || !looksStale.includes(error.code))
    return error
  if (base !== undefined && !(await hasMoved(base, lake))) return error
  const { code, message, hint, params, at } = error
  return new EtlError(code, message, {
    cause: error,
    retry: 'transient',
    params,
    ...(hint === undefined ? {} : { hint }),
    ...(at === undefined ? {} : { at }),
  })
}

async function hasMoved(base: readonly LakeTable[], lake: Lake): Promise<boolean> {
  for (const table of base) {
    const now = await lake.load(table.name).catch(() => undefined)
    if (now?.metadataLocation !== table.metadataLocation) return true
  }
  return false
}
