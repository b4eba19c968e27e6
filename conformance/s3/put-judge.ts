import { mkdtempDisposable, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { positionFile } from '../../packages/etl/src/connector/positions.ts'
import { quoteText } from '../../packages/etl/src/function/dialect.ts'
import { type FolderLake, openLake } from '../../packages/etl/src/lake/index.ts'
import { allPaths, reachableFrom } from '../../packages/etl/src/lake/maintain/reachable.ts'
import { decodeLedger } from '../../packages/etl/src/run/ledger.ts'
import type { Contents } from './put-project.ts'
import type { S3Server } from './server/index.ts'
import { settingsOf } from './settings.ts'
import { lakeBucket } from './temporary-lake.ts'

/** What lies in a bucket, looked at from a machine that has no copies of anything. */
export interface Sight {
  /** Rows that DuckDB reads from the objects of each table's current snapshot. */
  readonly contents: Contents
  /** Names in metadata that stand for no object: metadata files of the log, lists, manifests, data files, positions. */
  readonly missing: readonly string[]
  /** Keys of objects that nothing names. */
  readonly unnamed: readonly string[]
}

/** Reads whatever is in a lake, besides the product where rows and objects are concerned. */
export async function lookAt(server: S3Server, folder: string): Promise<Sight> {
  await using at = await mkdtempDisposable(path.join(tmpdir(), 's3-judge-'))
  await using lake = await openLake({ folder, cacheFolder: at.path, s3: settingsOf(server) })
  const objects = server.buckets.get(lakeBucket)?.objects ?? new Map<string, never>()
  const keyOf = (location: string): string => location.slice(`s3://${lakeBucket}/`.length)
  const named = new Set([keyOf(lake.catalogFile)])
  const contents: Record<string, readonly string[]> = {}
  for (const name of await lake.tables()) {
    for (const location of await namesOf(lake, name)) named.add(keyOf(location))
    const files = (await (await lake.load(name))?.files()) ?? []
    const copies = files.map(async (file, i) => {
      const copy = path.join(at.path, `${i}.parquet`)
      await writeFile(copy, objects.get(keyOf(lake.store.toLocation(file.path)))?.bytes ?? 'gone')
      return copy
    })
    contents[name] = await rowsOf(await Promise.all(copies), name)
  }
  return {
    contents,
    missing: [...named].filter((key) => objects.size > 0 && !objects.has(key)),
    unnamed: [...objects.keys()].filter((key) => !named.has(key)),
  }
}

/** Addresses of all objects that a table's metadata names, of every snapshot. */
async function namesOf(lake: FolderLake, table: string): Promise<readonly string[]> {
  const found = await lake.metadata(table)
  if (found === undefined) throw new Error(`${table} is gone`)
  const { metadata, location } = found
  const positions = metadata.snapshots.flatMap(({ summary }) => {
    const files = decodeLedger(summary)?.files
    const at = files === undefined ? undefined : positionFile(files)
    // Rejects carry the ledger of their table, for people: the positions are those of the table.
    return at?.startsWith(`${metadata.location}/`) === true ? [at] : []
  })
  return [
    location,
    ...metadata['metadata-log'].map((entry) => entry['metadata-file']),
    ...[...allPaths(await reachableFrom(metadata, metadata.snapshots, lake.store))].map(
      lake.store.toLocation,
    ),
    ...positions,
  ]
}

let duckdb: Promise<DuckDBInstance> | undefined

async function rowsOf(files: readonly string[], table: string): Promise<readonly string[]> {
  if (files.length === 0) return []
  duckdb ??= DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await (await duckdb).connect()
  try {
    const line = table.endsWith('$rejected') ? 'original' : `id || ',' || name`
    const from = `read_parquet([${files.map(quoteText).join(', ')}], hive_partitioning = false)`
    const rows = await connection.runAndReadAll(`SELECT ${line} FROM ${from}`)
    return rows
      .getRows()
      .map(([value]) => String(value))
      .toSorted()
  } finally {
    connection.closeSync()
  }
}
