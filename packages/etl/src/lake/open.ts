import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import type { Catalog } from './catalog/sqlite.ts'
import { openSqliteCatalog } from './catalog/sqlite.ts'
import { loadMetadata } from './commit/draft.ts'
import { renameTables } from './commit/rename.ts'
import { chooseTableFolder } from './commit/table-folder.ts'
import { beginTransaction } from './commit/transaction.ts'
import type { Lake } from './contract.ts'
import type { Metadata } from './format/metadata.ts'
import { assertNotMoved } from './moved.ts'
import { tableOf } from './read/table.ts'
import { makeFolder } from './store/durable-file.ts'
import { splitName, toPath } from './store/location.ts'

/** The catalog's name inside its file; PyIceberg and Spark must be configured with it. */
export const catalogName = 'securecart'

export interface OpenLakeOptions {
  /** The warehouse folder; made when it does not exist. */
  readonly folder: string
  /** The SQLite catalog; default `<folder>/catalog.db`. */
  readonly catalogFile?: string
}

/** A lake in a folder, with what maintenance needs of it. */
export interface FolderLake extends Lake {
  /** Absolute. */
  readonly folder: string
  readonly catalogFile: string
  readonly catalog: Catalog
  /** A table's metadata with its pointer. */
  metadata(name: string): { readonly location: string; readonly metadata: Metadata } | undefined
}

/**
 * Opens a lake: Iceberg tables in a folder and their SQLite catalog. Several processes may have it open. Dispose of it
 * to close the catalog. Fails with `lake.moved`.
 */
export async function openLake(options: OpenLakeOptions): Promise<FolderLake> {
  const folder = resolve(options.folder)
  await makeFolder(folder)
  const catalogFile = resolve(options.catalogFile ?? `${folder}/catalog.db`)
  mkdirSync(dirname(catalogFile), { recursive: true })
  const catalog = openSqliteCatalog(catalogFile, catalogName)
  try {
    assertNotMoved(folder, catalog.pointers().values())
  } catch (error) {
    catalog[Symbol.dispose]()
    throw error
  }
  const metadata: FolderLake['metadata'] = (name) => {
    const location = catalog.pointer(name)
    return location === undefined ? undefined : { location, metadata: loadMetadata(location) }
  }
  const folderOf = async (name: string, below: string): Promise<string> => {
    splitName(name)
    const found = metadata(name)
    const table =
      found === undefined
        ? chooseTableFolder(folder, name, catalog.pointers().values())
        : toPath(found.metadata.location)
    await makeFolder(`${table}/${below}`)
    return `${table}/${below}`
  }
  return {
    folder,
    catalogFile,
    catalog,
    metadata,
    tables: async () => [...catalog.pointers().keys()],
    load: async (name) => {
      const found = metadata(name)
      return found && tableOf(name, found.metadata, found.location)
    },
    takeEpoch: async (scope) => catalog.takeEpoch(scope),
    begin: async (begin = {}) => beginTransaction(folder, catalog, begin),
    rename: async (renames) => renameTables(catalog, renames),
    newDataFolder: async (name) => folderOf(name, `data/${Date.now()}-${randomUUID()}`),
    positionFolder: async (name) => folderOf(name, 'metadata/positions'),
    [Symbol.asyncDispose]: async () => catalog[Symbol.dispose](),
  }
}
