import { type FileHandle, open } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import type { ColumnMetaData, SchemaElement } from 'hyparquet'
import { deserializeTCompactProtocol } from 'hyparquet/src/thrift.js'
import { EtlError } from '../../../base/errors.ts'
import { type ParquetFooter, refuseParquet } from './parquet-footer.ts'

/** A page that unpacks to more than this many bytes, and to more than so many times its size, is refused. */
const maxPageBytes = 64 * 2 ** 20
const maxPageRatio = 100
/** The same for all values of a file. Columns of few values pack far better than text, so the ratio is wider. */
const maxFileBytes = 10 * 2 ** 30
const maxFileRatio = 1000
/** From this mean size on, the entries of a dictionary count as often as they are used. */
const longEntryBytes = 1024
/** Page headers are short, but may hold statistics of long values. */
const headerBytes = [8 * 1024, 2 ** 20] as const

/** A header of a page: what it claims and where its bytes are. Source: parquet.thrift, PageHeader. */
interface Page {
  readonly kind: 'data' | 'dictionary' | 'other'
  readonly values: number
  readonly isDictionaryCoded: boolean
  readonly unpackedBytes: number
  readonly packedBytes: number
  readonly start: number
  /** CRC-32 of the bytes as a signed 32-bit number. */
  readonly crc: number | undefined
}

/** A file whose pages are being walked. */
interface Walk {
  readonly path: string
  readonly file: FileHandle
  readonly size: number
  window: Buffer
  windowStart: number
}

/**
 * Walks the pages of some columns before an engine decodes them: sizes that the file cannot hold, counts that do not add
 * up, pages and dictionaries that unpack to far more than they are (10 GiB and 1,000 times the file), and checksums.
 *
 * Reads page headers, and the bytes of pages with a checksum. Fails with `source.corrupt` or `source.too-large`.
 */
export async function checkPages(footer: ParquetFooter, columns: ReadonlySet<string>): Promise<void> {
  await using file = await open(footer.path, 'r')
  const { size } = await file.stat()
  const walk: Walk = { path: footer.path, file, size, window: Buffer.alloc(0), windowStart: 0 }
  const leaves = footer.metadata.schema.filter((e) => e.type !== undefined)
  let unpacked = 0
  for (const group of footer.metadata.row_groups) {
    for (const [i, chunk] of group.columns.entries()) {
      const { meta_data: meta, crypto_metadata: encrypted } = chunk
      if (meta === undefined || !columns.has(meta.path_in_schema[0] ?? '')) continue
      if (encrypted !== undefined)
        throw refuseParquet(walk.path, `column ${meta.path_in_schema.join('.')} is encrypted`)
      unpacked += await checkChunk(walk, meta, leaves[i])
      if (unpacked > Math.max(maxFileBytes, maxFileRatio * size)) throw tooLarge(walk, unpacked)
    }
  }
}

function tooLarge(walk: Walk, bytes: number): EtlError {
  return new EtlError(
    'source.too-large',
    `${walk.path} (${walk.size} bytes) unpacks to more than ${Math.floor(bytes)} bytes`,
    { hint: 'if the file is what it should be, write it again in smaller pages' },
  )
}

/** Checks the pages of a chunk and gives the bytes that its values take. */
async function checkChunk(
  walk: Walk,
  meta: ColumnMetaData,
  leaf: SchemaElement | undefined,
): Promise<number> {
  const refuse = (what: string): EtlError =>
    refuseParquet(walk.path, `column ${meta.path_in_schema.join('.')}: ${what}`)
  const wanted = Number(meta.num_values)
  let offset = Number(meta.dictionary_page_offset || meta.data_page_offset)
  let entryBytes = 0
  let unpacked = 0
  if (Number.isNaN(wanted)) throw refuse('the footer does not count its values')
  for (let values = 0; values < wanted;) {
    const page = await readPage(walk, offset)
    if (page === undefined) throw refuse('a page header is damaged or missing')
    const problem = pageProblem(walk, page, leaf)
    if (problem !== undefined) throw refuse(problem)
    if (page.unpackedBytes > maxPageBytes && page.unpackedBytes > maxPageRatio * page.packedBytes)
      throw tooLarge(walk, page.unpackedBytes - 1)
    if (page.crc !== undefined && (await checksum(walk, page)) !== (page.crc | 0))
      throw refuse('a page does not match its checksum')
    if (page.kind === 'dictionary') entryBytes = page.values === 0 ? 0 : page.unpackedBytes / page.values
    if (page.kind === 'data') values += page.values
    if (values > wanted) throw refuse(`its pages hold ${values} values, the footer counts ${wanted}`)
    unpacked += page.unpackedBytes
    if (page.isDictionaryCoded && entryBytes > longEntryBytes) unpacked += page.values * entryBytes
    offset = page.start + page.packedBytes
  }
  return unpacked
}

function pageProblem(walk: Walk, page: Page, leaf: SchemaElement | undefined): string | undefined {
  if (page.packedBytes < 0 || page.unpackedBytes < 0 || page.values < 0) return 'a page has a negative size'
  if (page.start + page.packedBytes > walk.size - 8) return 'a page runs beyond the end of the file'
  if (page.kind === 'dictionary' && page.values * entryBits(leaf) > page.unpackedBytes * 8)
    return `a dictionary of ${page.unpackedBytes} bytes claims ${page.values} entries`
  return undefined
}

/** The fewest bits that a plain value of a column takes. */
function entryBits(leaf: SchemaElement | undefined): number {
  switch (leaf?.type) {
    case 'INT64':
    case 'DOUBLE':
      return 64
    case 'INT96':
      return 96
    case 'FIXED_LEN_BYTE_ARRAY':
      return 8 * (leaf.type_length ?? 1)
    case 'BOOLEAN':
      return 1
    default:
      return 32
  }
}

async function readPage(walk: Walk, offset: number): Promise<Page | undefined> {
  const inside = offset - walk.windowStart
  const found =
    inside >= 0 && inside < walk.window.length ? pageAt(walk.window, inside, walk.windowStart) : undefined
  if (found !== undefined) return found
  for (const bytes of headerBytes) {
    const length = Math.min(bytes, walk.size - offset)
    // A missing offset is NaN.
    if (!(length > 0 && offset >= 0)) return undefined
    const { buffer, bytesRead } = await walk.file.read(Buffer.allocUnsafe(length), 0, length, offset)
    walk.window = buffer.subarray(0, bytesRead)
    walk.windowStart = offset
    const page = pageAt(walk.window, 0, offset)
    if (page !== undefined) return page
  }
  return undefined
}

const dictionaryEncodings = new Set<unknown>([2, 8])

function pageAt(bytes: Buffer, at: number, base: number): Page | undefined {
  const reader = { view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength), offset: at }
  try {
    const header = deserializeTCompactProtocol(reader) as Readonly<Record<string, unknown>>
    const body = (header['field_5'] ?? header['field_8'] ?? header['field_7']) as
      | Readonly<Record<string, unknown>>
      | undefined
    const numbers = [header['field_1'], header['field_2'], header['field_3'], body?.['field_1'] ?? 0]
    const [type = 0, unpackedBytes = 0, packedBytes = 0, values = 0] = numbers.map(Number)
    if (!numbers.every(Number.isInteger)) return undefined
    const encoding = header['field_8'] === undefined ? body?.['field_2'] : body?.['field_4']
    const crc = header['field_4']
    return {
      kind: type === 2 ? 'dictionary' : type === 0 || type === 3 ? 'data' : 'other',
      values,
      isDictionaryCoded: type !== 2 && dictionaryEncodings.has(encoding),
      unpackedBytes,
      packedBytes,
      start: base + reader.offset,
      crc: typeof crc === 'number' ? crc : undefined,
    }
  } catch {
    return undefined
  }
}

/** The CRC-32 of a page as a signed 32-bit number, read in pieces. */
async function checksum(walk: Walk, page: Page): Promise<number> {
  let sum = 0
  const piece = Buffer.allocUnsafe(Math.min(page.packedBytes, 2 ** 20))
  for (let done = 0; done < page.packedBytes;) {
    const { bytesRead } = await walk.file.read(
      piece,
      0,
      Math.min(piece.length, page.packedBytes - done),
      page.start + done,
    )
    if (bytesRead === 0) break
    sum = crc32(piece.subarray(0, bytesRead), sum)
    done += bytesRead
  }
  return sum | 0
}
