import { dirname } from 'node:path'
import { toPath } from '../store/location.ts'

/** The folder of a table, by its pointer. */
export const folderOfPointer = (pointer: string): string => dirname(dirname(toPath(pointer)))

/**
 * Chooses the folder of a new table: named for it, with a number when a table that was renamed since lives there.
 * `folder` is the lake's absolute path, `pointers` are those of all other tables.
 */
export function chooseTableFolder(folder: string, name: string, pointers: Iterable<string>): string {
  const taken = new Set(Array.from(pointers, folderOfPointer))
  const own = `${folder}/${name.replaceAll('.', '/')}`
  for (let n = 1; ; n++) {
    const candidate = n === 1 ? own : `${own}~${n}`
    if (!taken.has(candidate)) return candidate
  }
}
