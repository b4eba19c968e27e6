import { dirname } from 'node:path'
import type { FileStore } from '../store/contract.ts'

/** The folder of a table, by its pointer; an absolute path. */
export const folderOfPointer = (pointer: string, store: FileStore): string =>
  dirname(dirname(store.toPath(pointer)))

/**
 * Chooses the folder of a new table, an absolute path: named for it, with a number when a table that was renamed since lives
 * there. `pointers` are those of all other tables.
 */
export function chooseTableFolder(store: FileStore, name: string, pointers: Iterable<string>): string {
  const taken = new Set(Array.from(pointers, (pointer) => folderOfPointer(pointer, store)))
  const own = `${store.root}/${name.replaceAll('.', '/')}`
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? own : `${own}~${n}`
    if (!taken.has(candidate)) return candidate
  }
}
