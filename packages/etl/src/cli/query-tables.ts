import type { Query } from '../engine/contract.ts'
import type { AsOf, Lake, LakeTable } from '../lake/contract.ts'
import { EtlError } from '../base/errors.ts'
import { parseAsOf } from './table-of.ts'

type QueryTable = Query['tables'][number]

/** Whether a text names a table in full (`sales.orders`, `"sales"."orders"`), not only by the last part of its name. */
function isNamed(sql: string, name: string): boolean {
  const plain = sql.replaceAll('"', '').replaceAll(/\s*\.\s*/g, '.')
  const at = plain.indexOf(name.toLowerCase())
  return at >= 0 && !/[\w$.]/.test(plain[at - 1] ?? '') && !/[\w$]/.test(plain[at + name.length] ?? '')
}

async function stateOf(table: LakeTable, asOf: AsOf | undefined): Promise<QueryTable> {
  const files = await table.files(asOf === undefined ? {} : { asOf })
  return { name: table.name, files, schema: asOf === undefined ? table.schema : table.schemaAt(asOf) }
}

/**
 * Tables that a text may mention, in the state that is asked for; files of the others are not listed, so a large lake
 * stays quick. Fails with `lake.unknown-snapshot` when a table that is named in full has no such state.
 */
export async function queryTables(lake: Lake, sql: string, asOf?: string): Promise<Query['tables']> {
  const tables: QueryTable[] = []
  const lower = sql.toLowerCase()
  const state = asOf === undefined ? undefined : parseAsOf(asOf)
  for (const name of await lake.tables()) {
    if (!lower.includes(name.split('.').at(-1)?.toLowerCase() ?? name)) continue
    const table = await lake.load(name)
    if (table === undefined) continue
    try {
      tables.push(await stateOf(table, state))
    } catch (error) {
      const lacksState = error instanceof EtlError && error.code === 'lake.unknown-snapshot'
      if (!lacksState || isNamed(lower, name)) throw error
    }
  }
  return tables
}
