import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { openScratch } from '../base/scratch.ts'
import { parseAddress } from '../store/address.ts'
import { openS3 } from '../store/s3/index.ts'
import { openObjectCatalog } from './catalog/object.ts'
import { type FolderLake, lakeOf, type OpenLakeOptions } from './open.ts'
import { openMirror } from './store/mirror.ts'
import { openObjectCache } from './store/object-cache.ts'

const defaultCacheBytes = 10 * 2 ** 30

/** The folder of copies and scratch files of lakes in S3, where none is named. */
export function defaultCacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'securecart')
}

/**
 * Opens a lake in S3. Nothing is written there before the first commit, and no bucket is made. Fails with `config.invalid` on an
 * address without a valid bucket.
 */
export async function openS3Lake(options: OpenLakeOptions): Promise<FolderLake> {
  const folder = options.folder.replace(/\/+$/, '')
  parseAddress(`${folder}/`)
  const cacheFolder = options.cacheFolder ?? defaultCacheFolder()
  await mkdir(cacheFolder, { recursive: true, mode: 0o700 })
  const objects = openS3(options.s3)
  const mirror = await openScratch(join(cacheFolder, 'open'))
  const cacheBytes = options.s3?.cacheBytes ?? defaultCacheBytes
  const cache = openObjectCache(join(cacheFolder, 'objects'), cacheBytes, objects)
  const store = openMirror({ objects, folder, mirror, scratch: join(cacheFolder, 'scratch'), cache })
  const catalogFile = `${folder}/catalog.json`
  const catalog = openObjectCatalog({ objects, address: catalogFile, store })
  return lakeOf({ folder, catalogFile, catalog, store, nameOf: store.toLocation })
}
