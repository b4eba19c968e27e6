import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import iconv from 'iconv-lite'
import { openBytes, readFileHead } from '../engine/duckdb/read/source-bytes.ts'

/** The beginning and the end of a text file, decoded. */
export interface TextSample {
  readonly encoding: string
  /** Whole lines from the start, without a byte order mark. */
  readonly head: string
  /** Whole lines of the end, after `head`; empty when `head` is all or the file is compressed. */
  readonly tail: string
  /** `head` and `tail` are the whole file. */
  readonly complete: boolean
  readonly warnings: readonly string[]
}

const headBytes = 2 ** 19
const tailBytes = 2 ** 18

async function firstBytes(
  path: string,
  size: number,
): Promise<{ bytes: Buffer; compressed: boolean; complete: boolean }> {
  const head = await readFileHead(path)
  if (head.compression === 'none') {
    await using file = await open(path, 'r')
    const bytes = Buffer.alloc(Math.min(size, headBytes))
    const { bytesRead } = await file.read(bytes, 0, bytes.length, 0)
    return { bytes: bytes.subarray(0, bytesRead), compressed: false, complete: bytesRead === size }
  }
  const chunks: Buffer[] = []
  let filled = 0
  for await (const chunk of openBytes(head)) {
    chunks.push(chunk)
    filled += chunk.length
    if (filled >= headBytes) break
  }
  return {
    bytes: Buffer.concat(chunks).subarray(0, headBytes),
    compressed: true,
    complete: filled < headBytes,
  }
}

async function lastBytes(path: string, size: number, from: number): Promise<Buffer> {
  await using file = await open(path, 'r')
  const start = Math.max(from, size - tailBytes)
  // UTF-16 needs an even start.
  const even = start + (start % 2)
  const { bytesRead, buffer } = await file.read(Buffer.alloc(size - even), 0, size - even, even)
  return buffer.subarray(0, bytesRead)
}

function wideEncoding(bytes: Buffer): string | undefined {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return 'utf-16le'
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return 'utf-16be'
  const probe = bytes.subarray(0, 4096)
  const zeros = [0, 0]
  for (const [i, b] of probe.entries()) if (b === 0) zeros[i % 2] = (zeros[i % 2] ?? 0) + 1
  if ((zeros[1] ?? 0) > probe.length / 5 && (zeros[0] ?? 0) < probe.length / 50) return 'utf-16le'
  if ((zeros[0] ?? 0) > probe.length / 5 && (zeros[1] ?? 0) < probe.length / 50) return 'utf-16be'
  return undefined
}

/** Detects the encoding of bytes that end with a whole line. */
export function detectEncoding(bytes: Buffer): { readonly encoding: string; readonly warning?: string } {
  const wide = wideEncoding(bytes)
  if (wide !== undefined) return { encoding: wide }
  if (isUtf8(bytes)) return { encoding: 'utf-8' }
  const decoded = new TextDecoder('utf-8').decode(bytes)
  const damaged = decoded.match(/\u{FFFD}/gu)?.length ?? 0
  const foreign = decoded.match(/[^\p{ASCII}\u{FFFD}]/gu)?.length ?? 0
  if (foreign > 10 * damaged) {
    return {
      encoding: 'utf-8',
      warning: `${damaged} places are no valid UTF-8; their records would be rejected`,
    }
  }
  const japanese = iconv.decode(bytes, 'shift_jis')
  const kana = japanese.match(/[\u{3040}-\u{30ff}\u{4e00}-\u{9fff}]/gu)?.length ?? 0
  if (
    !japanese.includes('\u{FFFD}') &&
    kana > 0 &&
    kana >= (japanese.match(/[^\p{ASCII}]/gu)?.length ?? 0) / 2
  ) {
    return { encoding: 'shift_jis', warning: 'the encoding is taken to be Shift-JIS; check the sample' }
  }
  const encoding = bytes.some((b) => b >= 0x80 && b < 0xa0) ? 'windows-1252' : 'latin1'
  return {
    encoding,
    warning: `the file is no UTF-8; its encoding is taken to be ${encoding}; check the sample`,
  }
}

/** Reads a bounded sample of a text file, 512 KiB of its start and 256 KiB of its end, and finds its encoding. */
export async function sampleText(path: string): Promise<TextSample> {
  await using file = await open(path, 'r')
  const { size } = await file.stat()
  const { bytes, compressed, complete } = await firstBytes(path, size)
  const wide = wideEncoding(bytes) !== undefined
  const lastLine = wide ? bytes.length - (bytes.length % 2) : bytes.lastIndexOf(10) + 1
  const whole = complete || lastLine <= 0 ? bytes : bytes.subarray(0, lastLine)
  const rest = complete || compressed ? Buffer.alloc(0) : await lastBytes(path, size, bytes.length)
  const { encoding, warning } = detectEncoding(
    wide ? whole : Buffer.concat([whole, rest.subarray(rest.indexOf(10) + 1)]),
  )
  const decode = (b: Buffer): string =>
    encoding === 'utf-8' ? b.toString('utf8').replace(/^\uFEFF/, '') : iconv.decode(b, encoding)
  const cut = decode(rest)
  return {
    encoding,
    head: complete ? decode(whole) : upToLine(decode(whole)),
    tail: cut.slice(cut.indexOf('\n') + 1),
    complete,
    warnings: [
      ...(warning === undefined ? [] : [warning]),
      ...(complete
        ? []
        : [`the sample is ${compressed ? 'the start' : 'start and end'} of the file, not all of it`]),
    ],
  }
}

const upToLine = (s: string): string => (s.includes('\n') ? s.slice(0, s.lastIndexOf('\n') + 1) : s)
