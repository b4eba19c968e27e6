import type { CompiledTable } from '../author/table.ts'
import type { SourceWork } from '../connector/contract.ts'
import { discover } from '../connector/listing.ts'
import { decodePositions, encodePositions, positionFile } from '../connector/positions.ts'
import type { Lake } from '../lake/contract.ts'
import type { ObjectStore } from '../store/contract.ts'
import { sourceOf } from './definition.ts'
import type { Ledger, TakenFiles } from './ledger.ts'

export interface FoundWork {
  readonly work: SourceWork
  /** All files that are accounted for once the work is done. */
  readonly taken: TakenFiles
  /** A changed file asks for reading everything again. */
  readonly reload: boolean
}

/** Looks for files of a table's source that its ledger does not account for; undefined for tables without files. */
export async function scanSource(
  table: CompiledTable,
  options: { readonly lake: Lake; readonly projectFolder: string; readonly objects?: ObjectStore },
  ledger: Ledger | undefined,
): Promise<FoundWork | undefined> {
  const source = sourceOf(table.declaration)
  if (source?.kind !== 'files') return undefined
  const known = ledger?.files === undefined ? [] : await decodePositions(ledger.files, options.lake.read)
  const work = await discover(source, options.projectFolder, known, options.objects)
  const again = new Set(work.taken.map((f) => f.path))
  const taken = [...known.filter((f) => !again.has(f.path)), ...work.taken]
  return { work, taken, reload: work.changed.length > 0 && source.onChangedFile === 'reload' }
}

/**
 * Encodes the files that a table's snapshot will account for, for its summary; `file` names the file that a
 * long list stands in.
 */
export async function encodeTaken(
  taken: TakenFiles,
  table: string,
  lake: Lake,
): Promise<{ readonly text: string; readonly file: string | undefined }> {
  const text = await encodePositions(taken, await lake.positionFolder(table), lake.nameOf)
  return { text, file: positionFile(text) }
}
