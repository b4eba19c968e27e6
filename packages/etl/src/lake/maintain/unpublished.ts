import { readdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { chooseTableFolder } from '../commit/table-folder.ts'
import type { FolderLake } from '../open.ts'
import { emptyWriters, oldFiles, type OrphanOptions } from './orphans.ts'
import { removeEmptied } from './remove-files.ts'

/**
 * Removes what writers left in the folder of a table that was never published, such as a table of rejects without any;
 * returns the files' paths. Age is judged as by `removeOrphans`.
 *
 * Nothing is removed once the folder holds table metadata: then a commit is under way, or the table was dropped and can
 * still be registered again. That is looked at while nothing can be published, and a commit checks inside its own
 * transaction that its files exist, so a file is never both published and removed.
 */
export async function removeUnpublished(
  lake: FolderLake,
  name: string,
  options: Pick<OrphanOptions, 'olderThanMs'>,
): Promise<readonly string[]> {
  const root = folderOf(lake, name)
  if (root === undefined) return []
  const before = Date.now() - options.olderThanMs
  const data = join(root, 'data')
  const files = await oldFiles(root, before)
  const empty = await emptyWriters(data, before)
  return lake.catalog.exclusively(() => {
    if (folderOf(lake, name) !== root) return []
    for (const path of files) rmSync(path, { force: true })
    removeEmptied(data, [...files.map((path) => dirname(path)), ...empty])
    return files
  })
}

/** The folder that the table would get; undefined when there is a table, or the metadata of one. */
function folderOf(lake: FolderLake, name: string): string | undefined {
  if (lake.catalog.pointer(name) !== undefined) return undefined
  const root = chooseTableFolder(lake.folder, name, lake.catalog.pointers().values())
  return metadataFiles(root).some((file) => file.endsWith('.metadata.json')) ? undefined : root
}

function metadataFiles(root: string): readonly string[] {
  try {
    return readdirSync(join(root, 'metadata'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return []
    throw error
  }
}
