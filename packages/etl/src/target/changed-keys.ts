import { printLakeScan } from '../engine/duckdb/scan-lake.ts'
import type { Session } from '../engine/duckdb/session.ts'
import { quoteName } from '../function/dialect.ts'
import type { Delivery, DeliveredRows, TargetShape } from './contract.ts'

/** The table, in the DuckDB session of a delivery, of the keys whose rows are not what they were. */
export const changedKeys = 'temp."securecart_changed_keys"'

/** Whether only the keys are delivered whose rows changed between two states of a table. */
export const isByChangedKeys = (shape: TargetShape, { changed }: DeliveredRows): boolean =>
  shape.mode === 'merge' && changed !== undefined

export const sameKeys = ({ key }: TargetShape, a: string, b: string): string =>
  key.map((c) => `${a}.${quoteName(c)} IS NOT DISTINCT FROM ${b}.${quoteName(c)}`).join(' AND ')

/**
 * Finds the keys whose rows changed, where a delivery is made by them. Files are rewritten for the sake of single rows, so
 * the rows of the two states' own files are compared, as multisets, in all their columns.
 */
export async function findChangedKeys(session: Session, { target, rows }: Delivery): Promise<void> {
  const { changed, schema } = rows
  if (changed === undefined || !isByChangedKeys(target, rows)) return
  const [before, after] = [printLakeScan(changed.before, schema), printLakeScan(changed.after, schema)]
  await session.run(
    `CREATE OR REPLACE TEMP TABLE "securecart_changed_keys" AS SELECT DISTINCT ${target.key.map(quoteName).join(', ')}
     FROM ((${before} EXCEPT ALL ${after}) UNION ALL (${after} EXCEPT ALL ${before}))`,
    `comparing two states for ${target.schema}.${target.name}`,
  )
}
