import { existsSync } from 'node:fs'
import { EtlError } from '../base/errors.ts'
import { toPath } from './store/location.ts'

/**
 * Fails with `lake.moved` when the folder of a lake is no longer where its tables were written: Iceberg names all files by
 * absolute paths, so no reader would find them. `folder` is absolute, `pointers` are those of the catalog.
 */
export function assertNotMoved(folder: string, pointers: Iterable<string>): void {
  for (const pointer of pointers) {
    const written = pointer.startsWith('file:') || pointer.startsWith('/') ? toPath(pointer) : undefined
    // One table is enough: they move together.
    if (written === undefined || written.startsWith(`${folder}/`) || existsSync(written)) return
    const former = formerFolder(folder, written)
    if (former === undefined) return
    throw new EtlError('lake.moved', `the lake in ${folder} was written in ${former} and moved since`, {
      hint: `Its tables name their files by absolute paths. Move it back, or let the former path lead here: ln -s ${folder} ${former}`,
      params: { folder, former },
    })
  }
}

/** Where the lake was when it wrote a file that is in `folder` now. */
function formerFolder(folder: string, written: string): string | undefined {
  for (let at = written.indexOf('/', 1); at >= 0; at = written.indexOf('/', at + 1)) {
    if (existsSync(folder + written.slice(at))) return written.slice(0, at)
  }
  return undefined
}
