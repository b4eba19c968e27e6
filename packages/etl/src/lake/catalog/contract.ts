import { EtlError } from '../../base/errors.ts'
import type { Epoch } from '../contract.ts'

/** One change of a table's pointer; `from` is what it must be now (undefined: no table), `to` what it becomes. */
export interface PointerChange {
  readonly name: string
  readonly from: string | undefined
  readonly to: string | undefined
}

/** The catalog as it was at a moment. */
export interface CatalogState {
  readonly pointers: ReadonlyMap<string, string>
  /** Grows with every removal of files, where the catalog does not exclude them by itself. */
  readonly removals: number
}

export interface Publication {
  /** Unique per transaction; a publication that landed is recognised by it. */
  readonly id: string
  readonly changes: readonly PointerChange[]
  readonly epoch: Epoch | undefined
  /** Absolute paths that must be there when the pointers move, else it fails with `lake.missing-file`. */
  readonly files?: readonly string[]
  /** The catalog as it was before any of the files was made durable. */
  readonly since?: CatalogState
  /** Looks at the pointers before they move; throws to refuse. */
  readonly check?: (pointers: ReadonlyMap<string, string>) => void
}

/** The catalog: which metadata file each table's name points at. */
export interface Catalog extends AsyncDisposable {
  look(): Promise<CatalogState>
  takeEpoch(scope: string): Promise<Epoch>
  /**
   * Moves all pointers or none. Fails with `lake.conflict` or `lake.fenced`. A publication that landed before is
   * recognised and not repeated.
   */
  publish(publication: Publication): Promise<void>
  /**
   * Removes files (absolute paths) that no publication may name from now on, if `allowed`, which sees the present
   * pointers, does not throw. A publication that names one of them fails with `lake.missing-file`.
   */
  remove(paths: readonly string[], allowed: (pointers: ReadonlyMap<string, string>) => void): Promise<void>
}

export function conflict(name: string): EtlError {
  return new EtlError('lake.conflict', `table ${name} changed since it was loaded`, {
    retry: 'transient',
    hint: 'load the table again and repeat the change on its new state',
    params: { table: name },
  })
}

/** A commit of an epoch after a newer one of its scope has published. */
export function fenced(epoch: Epoch, newest: number): EtlError {
  const { scope, number } = epoch
  return new EtlError(
    'lake.fenced',
    `epoch ${number} of ${scope} may no longer commit: epoch ${newest} has published`,
    {
      params: { scope, epoch: number, newest },
    },
  )
}

export function missingFile(path: string): EtlError {
  return new EtlError('lake.missing-file', `the file ${path} of the commit does not exist`, {
    retry: 'transient',
  })
}
