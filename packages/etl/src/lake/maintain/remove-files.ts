import { EtlError } from '../../base/errors.ts'
import type { FolderLake } from '../open.ts'

/** Files removed at a time: writers wait for at most this many. */
const batchSize = 500

/**
 * Removes files that metadata `location` of a table was shown not to need. Each batch, with the folders that it empties, is
 * removed only while the table still points at that metadata, and through the catalog, so a file is never both published
 * and removed.
 *
 * Fails with `lake.conflict` when the table changed; what was removed by then stays removed and was not needed.
 */
export async function removeFiles(
  lake: FolderLake,
  name: string,
  location: string,
  paths: readonly string[],
): Promise<void> {
  for (let from = 0; from < paths.length; from += batchSize) {
    await lake.catalog.remove(paths.slice(from, from + batchSize), (pointers) => {
      if (pointers.get(name) === location) return
      throw new EtlError('lake.conflict', `table ${name} changed while its files were removed`, {
        retry: 'transient',
        hint: 'run the maintenance again',
      })
    })
  }
}
