import { open } from 'node:fs/promises'
import { join } from 'node:path'
import iconv from 'iconv-lite'
import { EtlError } from '../../../base/errors.ts'
import type { ResolvedFile } from '../../../plan/source.ts'
import { compressionOf, openBytes } from './source-bytes.ts'

/** Bounds of what a compressed file may unpack to. */
export interface UnpackLimits {
  /** Bytes that are always allowed, however small the file. */
  readonly bytes: number
  /** Beyond them: at most so many times the size of the file. */
  readonly ratio: number
}

export const defaultUnpackLimits: UnpackLimits = { bytes: 10 * 2 ** 30, ratio: 100 }

export interface UnpackOptions {
  /** WHATWG label of the text's encoding; `utf-8` text is not looked at. */
  readonly encoding: string
  /** Absolute folder and file name for the unpacked text, when a copy is needed. */
  readonly scratch: string
  readonly name: string
  readonly limits?: UnpackLimits
  readonly signal?: AbortSignal
}

/** Text as plain UTF-8 on this machine. */
export interface UnpackedText {
  readonly path: string
  /** True when bytes of `path` stand where they stood in the source or in its decompressed form. */
  readonly sameOffsets: boolean
}

const isUtf8 = (label: string): boolean => /^utf-?8$/i.test(label)

async function headOf(path: string, bytes: number): Promise<Buffer> {
  await using file = await open(path, 'r')
  const { bytesRead, buffer } = await file.read(Buffer.alloc(bytes), 0, bytes, 0)
  return buffer.subarray(0, bytesRead)
}

/**
 * Turns decoded text into UTF-8. What the decoder could not read becomes the byte FF, which is no UTF-8 anywhere, so
 * the reader rejects that record instead of keeping a replaced character.
 */
function encodeStrictly(decoded: string, wide: boolean): Buffer {
  if (wide ? decoded.isWellFormed() : !decoded.includes('\u{FFFD}')) return Buffer.from(decoded, 'utf8')
  const damaged = wide ? /\p{Surrogate}/u : /\u{FFFD}/u
  const parts: Buffer[] = []
  for (const [index, piece] of decoded.split(damaged).entries()) {
    if (index > 0) parts.push(Buffer.from([0xff]))
    parts.push(Buffer.from(piece, 'utf8'))
  }
  return Buffer.concat(parts)
}

async function* decoded(
  chunks: AsyncIterable<Buffer>,
  encoding: string,
): AsyncGenerator<Buffer, void, undefined> {
  const wide = /^utf-?16/i.test(encoding)
  const decoder = iconv.getDecoder(encoding)
  let held = ''
  for await (const chunk of chunks) {
    let piece = held + decoder.write(chunk)
    // A pair of surrogates may be cut by the end of the chunk.
    held = wide && /[\uD800-\uDBFF]$/.test(piece) ? piece.slice(-1) : ''
    if (held !== '') piece = piece.slice(0, -1)
    yield encodeStrictly(piece, wide)
  }
  yield encodeStrictly(held + (decoder.end() ?? ''), wide)
}

async function* limited(
  chunks: AsyncIterable<Buffer>,
  file: ResolvedFile,
  options: UnpackOptions,
): AsyncGenerator<Buffer, void, undefined> {
  const limits = options.limits ?? defaultUnpackLimits
  const limit = Math.max(limits.bytes, limits.ratio * file.size)
  let seen = 0
  for await (const chunk of chunks) {
    options.signal?.throwIfAborted()
    seen += chunk.length
    if (seen > limit) {
      throw new EtlError(
        'source.too-large',
        `${file.path} (${file.size} bytes) unpacks to more than ${limit} bytes`,
        { hint: 'if the file is what it should be, unpack it first' },
      )
    }
    yield chunk
  }
}

async function writeAll(chunks: AsyncIterable<Buffer>, path: string): Promise<void> {
  await using out = await open(path, 'w')
  for await (const chunk of chunks) await out.write(chunk)
}

function checkMark(file: ResolvedFile, head: Uint8Array, encoding: string): void {
  const wide =
    head[0] === 0xff && head[1] === 0xfe
      ? 'utf-16le'
      : head[0] === 0xfe && head[1] === 0xff
        ? 'utf-16be'
        : undefined
  if (wide === undefined || wide === encoding.toLowerCase()) return
  throw new EtlError(
    'source.corrupt',
    `${file.path} begins with the mark of ${wide}, but is declared as ${encoding}`,
    {
      hint: `declare the encoding '${wide}'`,
    },
  )
}

function nested(file: ResolvedFile, compression: string): EtlError {
  return new EtlError('source.corrupt', `${file.path} is a ${compression} file within another`, {
    hint: 'archives are unpacked once; unpack the outer one first',
  })
}

/**
 * Makes a text file readable as plain UTF-8: decompresses gzip (all members) and zstd, and decodes other encodings, as
 * a stream into one scratch file; plain UTF-8 files are used where they are.
 *
 * Fails with `source.corrupt` on damaged or cut-off archives, archives in archives and unknown encodings, and with `source.too-large` beyond
 * the limits.
 */
export async function unpackText(file: ResolvedFile, options: UnpackOptions): Promise<UnpackedText> {
  const { encoding } = options
  if (!isUtf8(encoding) && !iconv.encodingExists(encoding)) {
    throw new EtlError('source.corrupt', `there is no encoding "${encoding}"`, {
      hint: 'use utf-8, utf-16le, utf-16be, latin1, windows-1252 or shift_jis',
    })
  }
  const head = await headOf(file.path, 4)
  const compression = compressionOf(head)
  if (compression === 'none') {
    checkMark(file, head, encoding)
    if (isUtf8(encoding)) return { path: file.path, sameOffsets: true }
  }
  const path = join(options.scratch, options.name)
  const plain = limited(
    openBytes({ path: file.path, size: file.size, compression, marked: false }),
    file,
    options,
  )
  await writeAll(isUtf8(encoding) ? plain : decoded(plain, encoding), path)
  if (compression !== 'none') {
    const inner = await headOf(path, 4)
    if (compressionOf(inner) !== 'none') throw nested(file, compression)
    checkMark(file, inner, isUtf8(encoding) ? encoding : 'utf-8')
  }
  return { path, sameOffsets: isUtf8(encoding) }
}
