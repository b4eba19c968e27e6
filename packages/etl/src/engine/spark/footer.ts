import { open } from 'node:fs/promises'
import { type AsyncBuffer, type FileMetaData, parquetMetadataAsync } from 'hyparquet'
import { EtlError } from '../../base/errors.ts'

/** Footers read at a time. */
const atOnce = 16

/** Reads the footer of a Parquet file. Fails with `lake.corrupt` when it has none. */
async function readFooter(path: string): Promise<FileMetaData> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const buffer: AsyncBuffer = {
    byteLength: size,
    slice: async (start, end = size) => {
      const bytes = new Uint8Array(end - start)
      await file.read(bytes, 0, bytes.length, start)
      return bytes.buffer
    },
  }
  try {
    return await parquetMetadataAsync(buffer, { initialFetchSize: 1 << 16, geoparquet: false })
  } catch (cause) {
    throw new EtlError('lake.corrupt', `the footer of ${path} could not be read as Parquet`, { cause })
  }
}

/** Reads the footers of many files, a few at a time, and gives what `pick` takes of each, in order. */
export async function eachFooter<T>(
  paths: readonly string[],
  pick: (footer: FileMetaData, path: string) => T | Promise<T>,
  signal?: AbortSignal,
): Promise<readonly T[]> {
  const results: T[] = []
  let next = 0
  const work = async (): Promise<void> => {
    for (let i = next++; i < paths.length; i = next++) {
      signal?.throwIfAborted()
      const path = paths[i] ?? ''
      results[i] = await pick(await readFooter(path), path)
    }
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, paths.length) }, work))
  return results
}
