import { type FileHandle, open } from 'node:fs/promises'
import { type AsyncBuffer, type FileMetaData, parquetMetadata } from 'hyparquet'
import { EtlError } from '../../../base/errors.ts'
import { schemaProblem } from './parquet-schema.ts'
import { thriftProblem } from './parquet-thrift.ts'

/** What the end of a Parquet file says of it. */
export interface ParquetFooter {
  readonly path: string
  readonly metadata: FileMetaData
}

/** The smallest whole file: two magic numbers, a footer length and one byte of footer. */
const minBytes = 13
/** The longest footer that is read, in bytes. */
const maxFooterBytes = 256 * 1024 * 1024

/** Refuses a Parquet file with the reason. */
export function refuseParquet(path: string, reason: string, cause?: unknown): EtlError {
  return new EtlError('source.corrupt', `${path} cannot be read as Parquet: ${reason}`, {
    hint: 'write the file again, or leave it out of the pattern of the source',
    cause,
  })
}

/** An open file as hyparquet reads it. */
export function fileBuffer(file: FileHandle, byteLength: number): AsyncBuffer {
  return {
    byteLength,
    slice: async (start, end = byteLength) => {
      const { bytesRead, buffer } = await file.read(Buffer.alloc(end - start), 0, end - start, start)
      return buffer.buffer.slice(buffer.byteOffset, buffer.byteOffset + bytesRead) as ArrayBuffer
    },
  }
}

/**
 * Reads and checks the footer of a Parquet file before an engine sees it.
 *
 * Fails with `source.corrupt` on an empty or cut-off file, a wrong magic number, a footer longer than the file,
 * encryption, a footer that does not parse or would not fit in memory, a schema that is no tree of columns, and row or
 * byte counts that the file cannot hold.
 */
export async function readParquetFooter(path: string): Promise<ParquetFooter> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  if (size === 0) throw refuseParquet(path, 'it has 0 bytes')
  if (size < minBytes) throw refuseParquet(path, `it has ${size} bytes, too few for a footer`)
  const footerBytes = await checkEnds(file, path, size)
  const tail = Buffer.allocUnsafe(footerBytes + 8)
  await file.read(tail, 0, tail.length, size - tail.length)
  const damaged = thriftProblem(tail.subarray(0, footerBytes))
  if (damaged !== undefined) throw refuseParquet(path, `its footer is damaged (${damaged})`)
  return { path, metadata: parseFooter(path, tail, size) }
}

function parseFooter(path: string, tail: Buffer, size: number): FileMetaData {
  try {
    const metadata = parquetMetadata(tail, { geoparquet: false })
    const unsound = schemaProblem(metadata.schema)
    if (unsound !== undefined) throw refuseParquet(path, unsound)
    checkCounts(path, metadata, size)
    return metadata
  } catch (cause) {
    if (cause instanceof EtlError) throw cause
    throw refuseParquet(path, `its footer is damaged (${(cause as Error).message})`, cause)
  }
}

/** Checks the magic numbers and gives the length of the footer in bytes. */
async function checkEnds(file: FileHandle, path: string, size: number): Promise<number> {
  const head = (await file.read(Buffer.alloc(4), 0, 4, 0)).buffer.toString('latin1')
  const tail = (await file.read(Buffer.alloc(8), 0, 8, size - 8)).buffer
  const magic = tail.toString('latin1', 4)
  if (magic === 'PARE' || head === 'PARE') throw refuseParquet(path, 'its footer is encrypted')
  if (magic !== 'PAR1') throw refuseParquet(path, 'it has no footer; the file was cut off or is no Parquet')
  if (head !== 'PAR1') throw refuseParquet(path, 'it does not begin with PAR1')
  const footerBytes = tail.readUInt32LE(0)
  if (footerBytes > size - 12)
    throw refuseParquet(path, `its footer claims ${footerBytes} bytes, the file has ${size}`)
  if (footerBytes > maxFooterBytes) throw refuseParquet(path, `its footer has ${footerBytes} bytes, too many`)
  return footerBytes
}

function checkCounts(path: string, metadata: FileMetaData, size: number): void {
  const rows = metadata.row_groups.reduce((sum, group) => sum + group.num_rows, 0n)
  if (rows !== metadata.num_rows)
    throw refuseParquet(path, `its footer counts ${metadata.num_rows} rows, its row groups ${rows}`)
  for (const group of metadata.row_groups) {
    for (const column of group.columns) {
      const meta = column.meta_data
      if (meta === undefined) throw refuseParquet(path, 'a column is encrypted')
      const start = meta.dictionary_page_offset || meta.data_page_offset
      const end = start + meta.total_compressed_size
      if (start < 0n || meta.total_compressed_size < 0n || end > BigInt(size))
        throw refuseParquet(path, `column ${meta.path_in_schema.join('.')} lies beyond the end of the file`)
    }
  }
}
