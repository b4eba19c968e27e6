import { rmSync } from 'node:fs'
import { EtlError } from '../../base/errors.ts'
import type { FolderLake } from '../open.ts'

/** Files removed while the catalog is held: writers wait for at most this many unlinks. */
const batchSize = 500

/**
 * Removes files that metadata `location` of a table was shown not to need. Each batch is removed while nothing can be
 * published and only while the table still points at that metadata; a commit checks inside its own transaction that its
 * files exist, so a file is never both published and removed.
 *
 * Fails with `lake.conflict` when the table changed; what was removed by then stays removed and was not needed.
 */
export function removeFiles(
  lake: FolderLake,
  name: string,
  location: string,
  paths: readonly string[],
): void {
  for (let from = 0; from < paths.length; from += batchSize) {
    lake.catalog.exclusively(() => {
      if (lake.catalog.pointer(name) !== location) {
        throw new EtlError('lake.conflict', `table ${name} changed while its files were removed`, {
          retry: 'transient',
          hint: 'run the maintenance again',
        })
      }
      for (const path of paths.slice(from, from + batchSize)) rmSync(path, { force: true })
    })
  }
}
