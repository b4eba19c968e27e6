import { rmdirSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { EtlError } from '../../base/errors.ts'
import type { FolderLake } from '../open.ts'
import { toPath } from '../store/location.ts'

/** Files removed while the catalog is held: writers wait for at most this many unlinks. */
const batchSize = 500

/**
 * Removes files that metadata `location` of a table was shown not to need. Each batch, with the folders that it empties, is removed while nothing can be
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
  const data = join(dirname(dirname(toPath(location))), 'data')
  for (let from = 0; from < paths.length; from += batchSize) {
    lake.catalog.exclusively(() => {
      if (lake.catalog.pointer(name) !== location) {
        throw new EtlError('lake.conflict', `table ${name} changed while its files were removed`, {
          retry: 'transient',
          hint: 'run the maintenance again',
        })
      }
      const batch = paths.slice(from, from + batchSize)
      for (const path of batch) rmSync(path, { force: true })
      removeEmptied(data, new Set(batch.map((path) => dirname(path))))
    })
  }
}

/** Removes folders below `data` (absolute) that hold nothing any more, with their empty parents. */
export function removeEmptied(data: string, folders: Iterable<string>): void {
  for (const folder of folders) {
    for (let at = folder; at.startsWith(`${data}/`); at = dirname(at)) {
      try {
        rmdirSync(at)
      } catch {
        // Something is left in it, or somebody else was quicker.
        break
      }
    }
  }
}
