import { EtlError } from '../../base/errors.ts'
import { quoteName } from '../../function/dialect.ts'
import { assertNotShrunk } from '../counts.ts'
import { assertMayCommit } from '../fence.ts'
import { type ColumnChanges, columnChanges, foreign, presentColumns, printAlterations } from './columns.ts'
import { assertKeys } from './keys.ts'
import { makeSchema } from './ledger.ts'
import { relationOf } from './sql.ts'
import { isDirect, load, loadStage, stagedRows, stageFiles } from './stage.ts'
import { hasDependents, printCarriedOver, printSwap } from './swap.ts'
import { columnsOf, printCreate } from './table.ts'
import { asOfLiteral, ownTables, type Prepared, type Work } from './work.ts'

/** Builds the table of a target beside the one that is there, and prints what puts it in its place. */
export async function prepareFull(work: Work): Promise<Prepared> {
  const { connection, delivery, ledger } = work
  const { target, base } = delivery
  await makeSchema(connection, target.schema)
  const present = await presentColumns(connection, target)
  if (present !== undefined && base?.relation !== `${target.schema}.${target.name}`) {
    // Another run may have made it since the position was read: that is a conflict.
    assertMayCommit(delivery, (await ledger.read()) ?? { epoch: 0, position: undefined })
    throw foreign(target, 'a table of its name is there, which it did not make')
  }
  const changes = present === undefined ? undefined : columnChanges(delivery, present)
  const staged = stagedRows(delivery)
  const files = await stageFiles(work, staged)
  assertNotShrunk(delivery, files.rows)
  const { beside, stage, raw } = ownTables(work)
  const doing = `building ${target.schema}.${target.name}`
  const kept = changes?.kept ?? []
  await connection.run(printCreate(target, beside, kept), doing)
  if (isDirect(target) && kept.length === 0 && target.mode !== 'history') await load(work, files, beside)
  else {
    await loadStage(work, staged, files, { stage, raw })
    await connection.run(printFill(work, { into: beside, stage }), doing, delivery.signal)
  }
  await assertKeys(work, beside)
  const statements = await printReplacement(work, beside, changes)
  return { copied: files.rows, inserted: files.rows, updated: 0, deleted: base?.rows ?? 0, statements }
}

function printFill(
  { delivery }: Work,
  { into, stage }: { readonly into: string; readonly stage: string },
): string {
  const { target, position } = delivery
  const names = target.columns.map((f) => quoteName(f.name)).join(', ')
  return target.mode === 'history'
    ? `INSERT INTO ${into} (${names}, "valid_from", "is_current") SELECT ${names}, ${asOfLiteral(position.asOfMicros)}, true FROM ${stage}`
    : `INSERT INTO ${into} (${names}) SELECT ${names} FROM ${stage}`
}

/**
 * Prints what puts a table that was built beside into the place of the target's. Where views and the like hang on that one,
 * its rows are exchanged instead. Fails with `target.failed` where neither can be done.
 */
export async function printReplacement(
  { connection, delivery }: Work,
  beside: string,
  changes: ColumnChanges | undefined,
): Promise<readonly string[]> {
  const { target } = delivery
  const doing = `replacing ${target.schema}.${target.name}`
  if (changes === undefined) return printSwap(target, beside, false)
  if (!(await hasDependents(connection, target))) {
    for (const sql of await printCarriedOver(connection, target, beside)) await connection.run(sql, doing)
    return printSwap(target, beside, true)
  }
  if (changes.mustCopy)
    throw new EtlError(
      'target.failed',
      `${target.schema}.${target.name} must be replaced (types or layout changed), but views or the like hang on it`,
      {
        hint: 'Drop what hangs on the table, run again, and make it anew: views WITH NO SCHEMA BINDING can stay.',
      },
    )
  const into = relationOf(target)
  const names = columnsOf(target)
    .map((c) => quoteName(c.name))
    .join(', ')
  return [
    ...printAlterations(target, changes),
    `DELETE FROM ${into}`,
    `INSERT INTO ${into} (${names}) SELECT ${names} FROM ${beside}`,
  ]
}
