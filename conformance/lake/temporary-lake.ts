import { randomUUID } from 'node:crypto'
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLake } from '../../packages/etl/src/lake/index.ts'
import type { ColumnStats, DataFile, FolderLake } from '../../packages/etl/src/lake/index.ts'
import { field, int64, text } from '../../packages/etl/src/plan/type.ts'

export interface TemporaryLake extends AsyncDisposable {
  readonly folder: string
  readonly lake: FolderLake
}

/** Whether the tests of this file run over S3, which `conformance/s3/lake-suites.test.ts` asks for. */
export const overS3 = (): boolean => process.env['TEST_LAKE'] === 's3'

/** Opens a lake in a new folder that disappears when disposed of; in S3 where the tests run there. */
export async function temporaryLake(prefix = 'lake-'): Promise<TemporaryLake> {
  if (overS3()) return (await import('../s3/temporary-lake.ts')).temporaryS3Lake(prefix)
  const folder = await mkdtemp(join(tmpdir(), prefix))
  const lake = await openLake({ folder })
  return {
    folder,
    lake,
    [Symbol.asyncDispose]: async () => {
      await lake[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** The schema and partition that the files of `writeRows` stand for. */
export const rowTable = {
  schema: [field('id', int64, false), field('region', text)],
  partition: [{ name: 'region', column: 'region', transform: { kind: 'identity' } }],
} as const

/** Statistics that say nothing, for files whose footers nobody should read. */
export const noStats: ColumnStats = {
  sizes: new Map(),
  valueCounts: new Map(),
  nullCounts: new Map(),
  nanCounts: new Map(),
  lower: new Map(),
  upper: new Map(),
}

/** Writes rows as lines of a file that stands for a data file: what the lake keeps of it is what it would of Parquet. */
export async function writeRows(
  lake: FolderLake,
  table: string,
  rows: readonly string[],
  region: string | null = 'EU',
): Promise<DataFile> {
  const path = join(await lake.newDataFolder(table), `${randomUUID()}.parquet`)
  await writeFile(path, rows.join('\n'))
  return { path, rows: rows.length, bytes: (await stat(path)).size, partition: [region], stats: noStats }
}

/** Reads the rows of files back, sorted. */
export async function readRows(files: readonly DataFile[] | undefined): Promise<readonly string[]> {
  const read = overS3()
    ? (await import('../s3/temporary-lake.ts')).textInS3
    : (path: string): Promise<string> => readFile(path, 'utf8')
  const texts = await Promise.all((files ?? []).map((file) => read(file.path)))
  return texts.flatMap((content) => (content === '' ? [] : content.split('\n'))).toSorted()
}
