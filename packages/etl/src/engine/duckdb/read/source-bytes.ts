import { createReadStream, createWriteStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { Transform } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { EtlError } from '../../../base/errors.ts'
import { lineSplitter } from '../../../base/line-splitter.ts'

/** The longest record in bytes. A file with a longer one is refused. */
export const maxRecordBytes = 16 * 1024 * 1024

export type Compression = 'none' | 'gzip' | 'zstd'

/** What the first bytes of a file say. */
export interface FileHead {
  readonly path: string
  readonly size: number
  readonly compression: Compression
  /** Whether the text begins with the UTF-8 byte order mark. */
  readonly marked: boolean
}

/** Reads the compression of a file from its first bytes, whatever its name says, and whether it has a byte order mark. */
export async function readFileHead(path: string): Promise<FileHead> {
  const handle = await open(path, 'r')
  try {
    const { size } = await handle.stat()
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    const first = buffer.subarray(0, bytesRead)
    const compression = compressionOf(first)
    const head = { path, size, compression, marked: hasMark(first) }
    return compression === 'none' ? head : { ...head, marked: await isMarkedInside(head) }
  } finally {
    await handle.close()
  }
}

/** Reads the heads of files, a few at a time, and leaves out files of 0 bytes, which hold no records. */
export async function readFileHeads(paths: readonly string[]): Promise<readonly FileHead[]> {
  const heads: FileHead[] = []
  for (let i = 0; i < paths.length; i += 32) {
    heads.push(...(await Promise.all(paths.slice(i, i + 32).map(readFileHead))))
  }
  return heads.filter((h) => h.size > 0)
}

const hasMark = (b: Uint8Array): boolean => b[0] === 0xef && b[1] === 0xbb && b[2] === 0xbf

async function isMarkedInside(head: FileHead): Promise<boolean> {
  for await (const chunk of openBytes(head)) return hasMark(chunk)
  return false
}

/** Copies the decompressed text of a file, without byte order mark and blank lines at its start, into a new file. */
export async function copyTrimmed(head: FileHead, path: string): Promise<FileHead> {
  const out = createWriteStream(path)
  await pipeline(trimmed(openBytes(head)), out)
  return { path, size: out.bytesWritten, compression: 'none', marked: false }
}

/** White space between lines, by byte: space and tab to carriage return. */
export const isBlankByte = (b: number): boolean => b === 32 || (b >= 9 && b <= 13)

async function* trimmed(chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let first = true
  let begun = false
  for await (const chunk of chunks) {
    const text: Buffer = first && hasMark(chunk) ? chunk.subarray(3) : chunk
    first = false
    const start = begun ? 0 : text.findIndex((b) => !isBlankByte(b))
    if (start < 0) continue
    begun = true
    yield text.subarray(start)
  }
  if (begun) yield Buffer.from('\n')
}

/** How bytes are compressed, by the first four of them. A zstd file may begin with a skippable frame (pzstd does). */
export function compressionOf(head: Buffer): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  if (head.length < 4) return 'none'
  const magic = head.readUInt32LE(0)
  return magic === 0xfd2fb528 || (magic & 0xfffffff0) === 0x184d2a50 ? 'zstd' : 'none'
}

function decoded(head: FileHead, start: number, decoder: Transform): Transform {
  const raw = createReadStream(head.path, { start, highWaterMark: 1 << 20 })
  raw.on('error', (error) => decoder.destroy(error))
  decoder.on('close', () => raw.destroy())
  return raw.pipe(decoder)
}

// Node's zstd stream ends with the first frame and says nothing of the bytes that follow.
async function* zstdFrames(head: FileHead): AsyncGenerator<Buffer, void, undefined> {
  for (let start = 0; start < head.size;) {
    const decoder = createZstdDecompress()
    yield* decoded(head, start, decoder) as AsyncIterable<Buffer>
    if (decoder.bytesWritten === 0) return
    start += decoder.bytesWritten
  }
}

/**
 * Opens the decompressed bytes of a file from its start (or, uncompressed, from an offset); concatenated gzip members and
 * zstd frames are read on. Fails, where it is iterated, with `source.corrupt` on a cut-off or damaged archive.
 */
export function openBytes(head: FileHead, start = 0): AsyncIterable<Buffer> {
  return head.compression === 'none'
    ? createReadStream(head.path, { start, highWaterMark: 1 << 20 })
    : unpackedBytes(head)
}

async function* unpackedBytes(head: FileHead): AsyncGenerator<Buffer, void, undefined> {
  try {
    yield* head.compression === 'gzip'
      ? (decoded(head, 0, createGunzip()) as AsyncIterable<Buffer>)
      : zstdFrames(head)
  } catch (cause) {
    if (cause instanceof EtlError || /^E[A-Z]+$/.test(String((cause as NodeJS.ErrnoException).code)))
      throw cause
    throw new EtlError(
      'source.corrupt',
      `${head.path} is not a whole ${head.compression} file: ${(cause as Error).message}`,
      { hint: 'fetch the file again', cause },
    )
  }
}

/** A line of a file: its 1-based number, the offset of its first byte in the decompressed file, its bytes without `\n`. */
export interface SourceLine {
  readonly number: number
  readonly offset: number
  readonly bytes: Buffer
}

/**
 * Splits decompressed bytes at `\n` in order; a last line without `\n` counts. Fails with `source.corrupt` on a line
 * beyond `maxBytes`.
 */
export async function* readLines(head: FileHead, maxBytes: number): AsyncGenerator<SourceLine> {
  let number = 1
  let offset = 0
  const take = (bytes: Buffer): SourceLine => {
    const line = { number, offset, bytes }
    number += 1
    offset += bytes.length + 1
    return line
  }
  const splitter = lineSplitter()
  for await (const chunk of openBytes(head)) {
    for (const bytes of splitter.push(chunk)) yield take(bytes)
    if (splitter.restBytes > maxBytes) throw lineTooLong(head.path, number, maxBytes)
  }
  const rest = splitter.rest()
  if (rest !== undefined) yield take(rest)
}

/** The refusal of a file with a record beyond the limit. */
export function lineTooLong(path: string, line: number, maxBytes: number): EtlError {
  return new EtlError(
    'source.corrupt',
    `${path}, line ${line}: the record is longer than ${maxBytes} bytes`,
    {
      hint: 'check that the file has one record per line',
    },
  )
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** The original text of a record: UTF-8 as it is, any other byte string with its non-ASCII bytes as `\xNN`. */
export function originalText(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes)
  } catch {
    return Array.from(bytes, (b) =>
      b < 0x80 ? String.fromCharCode(b) : `\\x${b.toString(16).toUpperCase()}`,
    ).join('')
  }
}
