import { EtlError } from '../base/errors.ts'
import { isContent } from './content.ts'
import type { Decision } from './decide.ts'

/**
 * A table that followed a source holds rows that the source may not have any more: earlier versions, changes, what was
 * deleted since. Built anew after an edit of its declaration it would be without them, so that is only done where somebody
 * asks for a full refresh, or where no row is lost by number.
 *
 * Fails with `run.rows-would-go`.
 */
export async function assertHistoryKept(decision: Decision, written: number): Promise<void> {
  const { published, ledger, table } = decision
  if (decision.action !== 'full' || decision.isAsked === true || published === undefined) return
  const position = ledger?.position ?? ''
  const followed = decision.remote !== undefined && position !== '' && !isContent(position)
  if (!followed || ledger?.definition === decision.definition) return
  const rows = (await published.files()).reduce((sum, file) => sum + file.rows, 0)
  if (written >= rows) return
  throw new EtlError(
    'run.rows-would-go',
    `the declaration of ${table.declaration.name} changed, and what its source still has makes ${written} rows in place of ${rows}`,
    {
      hint: 'Nothing was changed. Undo the edit, declare a new table beside it, or run with --full when the rows are meant to go.',
      params: { written, rows },
    },
  )
}
