import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { createGunzip, createZstdDecompress } from 'node:zlib'
import { EtlError } from '../../../base/errors.ts'

export type Compression = 'none' | 'gzip' | 'zstd'

/** What the first bytes of a file say. */
export interface FileHead {
  readonly path: string
  readonly size: number
  readonly compression: Compression
}

/** Reads the compression of a file from its first bytes, whatever its name says. */
export async function readFileHead(path: string): Promise<FileHead> {
  const handle = await open(path, 'r')
  try {
    const { size } = await handle.stat()
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(4), 0, 4, 0)
    return { path, size, compression: compressionOf(buffer.subarray(0, bytesRead)) }
  } finally {
    await handle.close()
  }
}

function compressionOf(head: Buffer): Compression {
  if (head[0] === 0x1f && head[1] === 0x8b) return 'gzip'
  return head.length === 4 && head.readUInt32LE(0) === 0xfd2fb528 ? 'zstd' : 'none'
}

/**
 * Opens the decompressed bytes of a file from its start; concatenated gzip members are read on. Errors of the stream
 * (truncated or damaged compression) surface where it is iterated.
 */
export function openBytes(head: FileHead): AsyncIterable<Buffer> {
  const raw = createReadStream(head.path, { highWaterMark: 1 << 20 })
  if (head.compression === 'none') return raw as AsyncIterable<Buffer>
  const decoder = head.compression === 'gzip' ? createGunzip() : createZstdDecompress()
  raw.on('error', (error) => decoder.destroy(error))
  decoder.on('close', () => raw.destroy())
  return raw.pipe(decoder) as Readable as AsyncIterable<Buffer>
}

/** A line of a file: its 1-based number, the offset of its first byte in the decompressed file, its bytes without `\n`. */
export interface SourceLine {
  readonly number: number
  readonly offset: number
  readonly bytes: Buffer
}

/**
 * Splits decompressed bytes at `\n` in order; a last line without `\n` counts. Fails with `source.unreadable` on a line
 * beyond `maxBytes`.
 */
export async function* readLines(head: FileHead, maxBytes: number): AsyncGenerator<SourceLine> {
  let number = 1
  let offset = 0
  let pending: Buffer[] = []
  let pendingBytes = 0
  const take = (tail: Buffer): SourceLine => {
    const bytes = pending.length === 0 ? tail : Buffer.concat([...pending, tail])
    const line = { number, offset, bytes }
    number += 1
    offset += bytes.length + 1
    pending = []
    pendingBytes = 0
    return line
  }
  for await (const chunk of openBytes(head)) {
    let start = 0
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, start)) {
      yield take(chunk.subarray(start, end))
      start = end + 1
    }
    if (start < chunk.length) {
      pending.push(chunk.subarray(start))
      pendingBytes += chunk.length - start
    }
    if (pendingBytes > maxBytes) throw lineTooLong(head.path, number, maxBytes)
  }
  if (pendingBytes > 0) yield take(Buffer.alloc(0))
}

/** The refusal of a file with a record beyond the limit. */
export function lineTooLong(path: string, line: number, maxBytes: number): EtlError {
  return new EtlError(
    'source.unreadable',
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
