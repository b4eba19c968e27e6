import { createHash } from 'node:crypto'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { crc32 } from 'node:zlib'
import { S3Error } from './error.ts'

/** The checksum that a client stated for a body, which the server keeps and answers. */
export interface Checksum {
  readonly algorithm: Algorithm
  /** Base64. */
  readonly value: string
}

const algorithms = ['crc32', 'crc32c', 'sha1', 'sha256'] as const
type Algorithm = (typeof algorithms)[number]

/** The CRC-32C of bytes (RFC 3720, appendix B.4), which zlib does not have. */
function crc32c(bytes: Uint8Array): number {
  let crc = 0xffffffff
  for (const byte of bytes) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
  }
  return (crc ^ 0xffffffff) >>> 0
}

function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}

/** The checksum of bytes in the form of the `x-amz-checksum-*` headers. */
export function checksumOf(algorithm: Algorithm, bytes: Uint8Array): string {
  switch (algorithm) {
    case 'crc32':
      return uint32(crc32(bytes)).toString('base64')
    case 'crc32c':
      return uint32(crc32c(bytes)).toString('base64')
    default:
      return createHash(algorithm).update(bytes).digest('base64')
  }
}

export interface Body {
  readonly bytes: Buffer
  readonly checksum: Checksum | undefined
}

/** Reads a request's body to its end and judges its length, its signed hash and its checksums. */
export async function readBody(request: IncomingMessage): Promise<Body> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const raw = Buffer.concat(chunks)
  const stated = request.headers['x-amz-content-sha256']
  const { headers } = request
  if (stated === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') {
    const { bytes, trailers } = decodeChunked(raw)
    if (bytes.length !== Number(headers['x-amz-decoded-content-length']))
      throw new S3Error('IncompleteBody', 'the decoded length is another one')
    if (headers['x-amz-trailer'] !== undefined && trailers[String(headers['x-amz-trailer'])] === undefined)
      throw new S3Error('InvalidRequest', 'the announced trailer is missing')
    return { bytes, checksum: judge(bytes, trailers) }
  }
  if (String(stated).startsWith('STREAMING-'))
    throw new S3Error('NotImplemented', `${String(stated)} is not understood`)
  if (stated !== 'UNSIGNED-PAYLOAD' && stated !== createHash('sha256').update(raw).digest('hex'))
    throw new S3Error('XAmzContentSHA256Mismatch')
  const md5 = headers['content-md5']
  if (md5 !== undefined && md5 !== createHash('md5').update(raw).digest('base64'))
    throw new S3Error('BadDigest')
  return { bytes: raw, checksum: judge(raw, headers) }
}

function judge(bytes: Buffer, headers: IncomingHttpHeaders): Checksum | undefined {
  for (const algorithm of algorithms) {
    const value = headers[`x-amz-checksum-${algorithm}`]
    if (typeof value !== 'string') continue
    if (value !== checksumOf(algorithm, bytes))
      throw new S3Error('BadDigest', `the ${algorithm} does not match the body`)
    return { algorithm, value }
  }
  return undefined
}

/**
 * Decodes `aws-chunked`: chunks with their length in hexadecimal digits, an empty one, trailers. Source: S3 API
 * reference, "Signature calculations for … trailing headers (chunked uploads)".
 */
export function decodeChunked(raw: Buffer): {
  readonly bytes: Buffer
  readonly trailers: Readonly<Record<string, string>>
} {
  const parts: Buffer[] = []
  let at = 0
  for (;;) {
    const lineEnd = raw.indexOf('\r\n', at)
    const size = Number.parseInt(raw.toString('latin1', at, lineEnd).split(';', 1)[0] ?? '', 16)
    if (lineEnd < 0 || Number.isNaN(size)) throw new S3Error('IncompleteBody', 'a chunk has no length')
    at = lineEnd + 2
    if (size === 0) break
    if (at + size + 2 > raw.length) throw new S3Error('IncompleteBody', 'a chunk is cut')
    parts.push(raw.subarray(at, at + size))
    at += size + 2
  }
  const trailers: Record<string, string> = {}
  for (const line of raw.toString('latin1', at).split('\r\n')) {
    const colon = line.indexOf(':')
    if (colon > 0) trailers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 1).trim()
  }
  return { bytes: Buffer.concat(parts), trailers }
}
