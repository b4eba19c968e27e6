import { open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { type ColumnMetaData, parquetReadObjects } from 'hyparquet'
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js'
import { fileBuffer, type ParquetFooter, refuseParquet } from './parquet-footer.ts'

/** The most of a column chunk that is held at once, in bytes; longer chunks are not checked page by page. */
const maxChunkBytes = 256 * 1024 * 1024

/**
 * Compares the checksums of the pages of some columns with their bytes; DuckDB does not.
 *
 * Looks at one page of each column chunk and goes on only if it carries a checksum. Fails with `source.corrupt`.
 */
export async function checkPages(footer: ParquetFooter, columns: ReadonlySet<string>): Promise<void> {
  await using file = await open(footer.path, 'r')
  for (const group of footer.metadata.row_groups) {
    for (const { meta_data: meta } of group.columns) {
      if (meta === undefined || !columns.has(meta.path_in_schema[0] ?? '')) continue
      const start = Number(meta.dictionary_page_offset || meta.data_page_offset)
      const length = Number(meta.total_compressed_size)
      if (length === 0 || length > maxChunkBytes) continue
      const first = await read(file, start, Math.min(length, 4096))
      if (pageAt(first, 0)?.crc === undefined && first.length >= Math.min(length, 4096)) continue
      const bytes = first.length === length ? first : await read(file, start, length)
      checkChunk(footer.path, meta, bytes)
    }
  }
}

async function read(file: Awaited<ReturnType<typeof open>>, start: number, length: number): Promise<Buffer> {
  const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, start)
  return buffer.subarray(0, bytesRead)
}

interface Page {
  readonly dataStart: number
  readonly dataEnd: number
  /** CRC-32 of the data as a signed 32-bit number. */
  readonly crc: number | undefined
}

function pageAt(bytes: Buffer, offset: number): Page | undefined {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset }
  try {
    const header = deserializeTCompactProtocol(reader) as Readonly<Record<string, unknown>>
    const length = header['field_3']
    if (typeof length !== 'number' || length < 0) return undefined
    const crc = header['field_4']
    return {
      dataStart: reader.offset,
      dataEnd: reader.offset + length,
      crc: typeof crc === 'number' ? crc : undefined,
    }
  } catch {
    return undefined
  }
}

function checkChunk(path: string, meta: ColumnMetaData, bytes: Buffer): void {
  for (let offset = 0; offset < bytes.length;) {
    const page = pageAt(bytes, offset)
    // A page header that does not parse is the engine's to report.
    if (page === undefined || page.dataEnd > bytes.length) return
    if (
      page.crc !== undefined &&
      (crc32(bytes.subarray(page.dataStart, page.dataEnd)) | 0) !== (page.crc | 0)
    )
      throw refuseParquet(
        path,
        `a page of column ${meta.path_in_schema.join('.')} does not match its checksum`,
      )
    offset = page.dataEnd
  }
}

/**
 * Checks that the INT96 timestamps of some columns are whole microseconds within the years 1 to 9999, which is what the
 * engine keeps of them. Fails with `source.corrupt` on the first that is not.
 */
export async function checkInt96(footer: ParquetFooter, columns: ReadonlySet<string>): Promise<void> {
  const names = new Set(
    footer.metadata.schema.filter((e) => e.type === 'INT96' && columns.has(e.name)).map((e) => e.name),
  )
  if (names.size === 0) return
  await using handle = await open(footer.path, 'r')
  const file = fileBuffer(handle, (await handle.stat()).size)
  let rowStart = 0
  for (const group of footer.metadata.row_groups) {
    const rowEnd = rowStart + Number(group.num_rows)
    for (const name of names) {
      await parquetReadObjects({
        file,
        metadata: footer.metadata,
        columns: [name],
        rowStart,
        rowEnd,
        parsers: { timestampFromNanoseconds: (nanos: bigint) => wholeMicros(footer.path, name, nanos) },
      })
    }
    rowStart = rowEnd
  }
}

function wholeMicros(path: string, column: string, nanos: bigint): bigint {
  const limit = 253_402_300_800_000_000_000n
  if (nanos % 1000n !== 0n)
    throw refuseParquet(path, `an INT96 value of ${column} has nanoseconds, a timestamp holds microseconds`)
  if (nanos >= limit || nanos < -62_135_596_800_000_000_000n)
    throw refuseParquet(path, `an INT96 value of ${column} lies outside of the years 1 to 9999`)
  return nanos
}
