import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { isS3 } from '../store/address.ts'
import type { S3Options } from '../store/s3/options.ts'
import type { Catalog } from './catalog/contract.ts'
import { openSqliteCatalog } from './catalog/sqlite.ts'
import { loadMetadata } from './commit/draft.ts'
import { renameTables } from './commit/rename.ts'
import { chooseTableFolder } from './commit/table-folder.ts'
import { beginTransaction } from './commit/transaction.ts'
import type { Lake } from './contract.ts'
import type { Metadata } from './format/metadata.ts'
import { assertNotMoved } from './moved.ts'
import { tableOf } from './read/table.ts'
import type { FileStore } from './store/contract.ts'
import { makeFolder } from './store/durable-file.ts'
import { openFolderStore } from './store/folder.ts'
import { splitName } from './store/location.ts'

/** The catalog's name inside its file; PyIceberg and Spark must be configured with it. */
export const catalogName = 'securecart'

export interface OpenLakeOptions {
  /** The warehouse folder, made when it does not exist; or `s3://bucket/folder`. */
  readonly folder: string
  /** The SQLite catalog of a folder; default `<folder>/catalog.db`. */
  readonly catalogFile?: string
  /** How S3 is reached; default: what the environment says. */
  readonly s3?: S3Options
  /** Absolute folder for copies of objects and scratch files; default: `securecart` in the user's cache folder. */
  readonly cacheFolder?: string
}

/** A lake in a folder, here or in S3, with what maintenance needs of it. */
export interface FolderLake extends Lake {
  /** Absolute, or `s3://bucket/folder`. */
  readonly folder: string
  /** The SQLite file, or the address of the catalog object. */
  readonly catalogFile: string
  /** An absolute folder for scratch files of runs. */
  readonly scratch: string
  readonly catalog: Catalog
  readonly store: FileStore
  /** A table's metadata with its pointer. */
  metadata(name: string): Promise<{ readonly location: string; readonly metadata: Metadata } | undefined>
}

/**
 * Opens a lake: Iceberg tables in a folder and their SQLite catalog, or in S3 and their catalog object. Several processes
 * may have it open. Dispose of it to close the catalog. Fails with `lake.moved`.
 */
export async function openLake(options: OpenLakeOptions): Promise<FolderLake> {
  if (isS3(options.folder)) return (await import('./open-s3.ts')).openS3Lake(options)
  const folder = resolve(options.folder)
  await makeFolder(folder)
  const catalogFile = resolve(options.catalogFile ?? `${folder}/catalog.db`)
  mkdirSync(dirname(catalogFile), { recursive: true })
  const catalog = openSqliteCatalog(catalogFile, catalogName)
  try {
    assertNotMoved(folder, (await catalog.look()).pointers.values())
  } catch (error) {
    await catalog[Symbol.asyncDispose]()
    throw error
  }
  return lakeOf({ folder, catalogFile, catalog, store: openFolderStore(folder), nameOf: (path) => path })
}

/** A lake of a store and a catalog, which end with it. */
export function lakeOf(
  parts: Pick<FolderLake, 'folder' | 'catalogFile' | 'catalog' | 'store' | 'nameOf'>,
): FolderLake {
  const { catalog, store } = parts
  const metadata: FolderLake['metadata'] = async (name) => {
    splitName(name)
    const location = (await catalog.look()).pointers.get(name)
    return location === undefined ? undefined : { location, metadata: await loadMetadata(location, store) }
  }
  const folderOf = async (name: string, below: string): Promise<string> => {
    splitName(name)
    const found = await metadata(name)
    const table =
      found === undefined
        ? chooseTableFolder(store, name, (await catalog.look()).pointers.values())
        : store.toPath(found.metadata.location)
    await store.makeFolder(`${table}/${below}`)
    return `${table}/${below}`
  }
  return {
    ...parts,
    scratch: store.scratch,
    metadata,
    tables: async () => [...(await catalog.look()).pointers.keys()],
    load: async (name) => {
      const found = await metadata(name)
      return found && tableOf(name, found.metadata, found.location, store)
    },
    takeEpoch: (scope) => catalog.takeEpoch(scope),
    begin: (begin = {}) => beginTransaction(store, catalog, begin),
    rename: (renames) => renameTables(catalog, renames),
    newDataFolder: (name) => folderOf(name, `data/${Date.now()}-${randomUUID()}`),
    positionFolder: (name) => folderOf(name, 'metadata/positions'),
    read: (name) => store.read(name),
    hold: (files, signal) => store.hold(files, signal),
    [Symbol.asyncDispose]: async () => {
      await catalog[Symbol.asyncDispose]()
      await store[Symbol.asyncDispose]()
    },
  }
}
