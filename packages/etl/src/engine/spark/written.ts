import { open, readdir, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../../base/errors.ts'
import type { IdField, WrittenFile } from '../contract.ts'
import { eachFooter } from './footer.ts'
import { markFooter, needsMarks } from './mark-footer.ts'
import { readPartition } from './partition.ts'

/** The file that Spark leaves when a write has ended well. */
const success = '_SUCCESS'

/**
 * Finds the data files that a finished write left in a folder, with the rows their footers tell, and syncs them. What
 * Spark leaves out of the footers is written into them; its marks and checksums are removed. Fails with `engine.unseen-files` when the folder does not hold what Spark says it wrote.
 */
export async function writtenFiles(
  folder: string,
  written: { readonly schema: readonly IdField[]; readonly partitions: number },
  signal?: AbortSignal,
): Promise<readonly WrittenFile[]> {
  const { partitions, schema } = written
  const entries = await readdir(folder, { recursive: true, withFileTypes: true })
  const files = entries.filter((e) => e.isFile()).map((e) => path.join(e.parentPath, e.name))
  if (!files.some((f) => path.basename(f) === success)) throw unseen(folder)
  const isData = (file: string): boolean => /^[^._].*\.parquet$/.test(path.basename(file))
  for (const file of files.filter((f) => !isData(f))) await rm(file)
  const marked = needsMarks(schema)
  const read = await eachFooter(
    files.filter(isData),
    async (footer, file): Promise<WrittenFile> => {
      if (marked) await markFooter(file, schema)
      await sync(file)
      const folders = path.relative(folder, path.dirname(file)).split(path.sep)
      return {
        path: file,
        rows: Number(footer.num_rows),
        bytes: (await stat(file)).size,
        partition: partitions === 0 ? [] : folders.slice(0, partitions).map(readPartition),
      }
    },
    signal,
  )
  for (const empty of read.filter((f) => f.rows === 0)) await rm(empty.path)
  return read.filter((f) => f.rows > 0)
}

async function sync(file: string): Promise<void> {
  await using handle = await open(file, 'r')
  await handle.sync()
}

const unseen = (folder: string): EtlError =>
  new EtlError('engine.unseen-files', `Spark wrote to ${folder}, but nothing is there`, {
    hint: 'The lake must lie on storage that this machine and all of Spark see under the same path.',
  })
