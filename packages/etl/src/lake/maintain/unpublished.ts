import { join } from 'node:path'
import { EtlError } from '../../base/errors.ts'
import { chooseTableFolder } from '../commit/table-folder.ts'
import type { FolderLake } from '../open.ts'
import { removeEmpty } from '../store/emptied.ts'
import { emptyWriters, oldFiles, type OrphanOptions } from './orphans.ts'

/**
 * Removes what writers left in the folder of a table that was never published, such as a table of rejects without any;
 * returns the files' paths. Age is judged as by `removeOrphans`.
 *
 * Nothing is removed once the folder holds table metadata: then a commit is under way, or the table was dropped and can
 * still be registered again. Files go through the catalog, so a file is never both published and removed.
 */
export async function removeUnpublished(
  lake: FolderLake,
  name: string,
  options: Pick<OrphanOptions, 'olderThanMs'>,
): Promise<readonly string[]> {
  const { pointers } = await lake.catalog.look()
  const root = folderOf(lake, name, pointers)
  if (root === undefined || (await holdsMetadata(lake, root))) return []
  const before = Date.now() - options.olderThanMs
  const files = await oldFiles(root, before, lake.store)
  // A commit that began since has written metadata by now, and its files are young.
  if (await holdsMetadata(lake, root)) return []
  try {
    await lake.catalog.remove(files, (now) => {
      if (folderOf(lake, name, now) !== root)
        throw new EtlError('lake.conflict', `there is a table ${name} now`)
    })
  } catch (error) {
    if (error instanceof EtlError && error.code === 'lake.conflict' && error.retry === 'never') return []
    throw error
  }
  for (const folder of await emptyWriters(join(root, 'data'), before)) removeEmpty(folder)
  return files
}

/** The folder that the table would get; undefined when there is a table. */
function folderOf(lake: FolderLake, name: string, pointers: ReadonlyMap<string, string>): string | undefined {
  return pointers.has(name) ? undefined : chooseTableFolder(lake.store, name, pointers.values())
}

async function holdsMetadata(lake: FolderLake, root: string): Promise<boolean> {
  const files = await lake.store.list(join(root, 'metadata'))
  return files.some((file) => file.path.endsWith('.metadata.json'))
}
