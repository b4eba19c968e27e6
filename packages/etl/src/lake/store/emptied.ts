import { rmdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'

/** Removes the folders that the removal of files has emptied, with their empty parents up to a table's data folder. */
export function removeEmptied(removed: readonly string[]): void {
  for (const folder of new Set(removed.map((path) => dirname(path)))) removeEmpty(folder)
}

/** Removes a folder below `data` that holds nothing, with its empty parents. */
export function removeEmpty(folder: string): void {
  if (!folder.includes('/data/')) return
  for (let at = folder; basename(at) !== 'data' && at !== dirname(at); at = dirname(at)) {
    try {
      rmdirSync(at)
    } catch {
      // Something is left in it, or somebody else was quicker.
      break
    }
  }
}
