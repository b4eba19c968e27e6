import type { GetObjectCommandOutput, S3Client } from '@aws-sdk/client-s3'
import { open, type FileHandle } from 'node:fs/promises'
import type { Readable } from 'node:stream'
import { setTimeout as wait } from 'node:timers/promises'
import { crc32 } from 'node:zlib'
import { EtlError } from '../../base/errors.ts'
import { parseAddress } from '../address.ts'
import type { GetFileOptions } from '../contract.ts'
import { loadSdk } from './client.ts'
import { statusOf } from '../service-failure.ts'
import { s3Failure } from './failure.ts'

/** Broken connections in a row without a byte of progress, after which a download gives up. */
const fruitlessAttempts = 5
const firstPauseMs = 100

/** A download under way. Mutable. */
interface Download {
  readonly file: FileHandle
  /** Bytes that are in the file. */
  at: number
  crc: number
  etag: string | undefined
  total: number | undefined
  /** The CRC-32 of the whole object, in Base64, where the store told one. */
  checksum: string | undefined
}

/** Writes an object to a new file, see `ObjectStore.getFile`. */
export async function downloadFile(
  client: S3Client,
  address: string,
  path: string,
  { expected, signal }: GetFileOptions,
): Promise<void> {
  await using file = await open(path, 'wx')
  const download: Download = {
    file,
    at: 0,
    crc: 0,
    etag: expected?.etag,
    total: expected?.size,
    checksum: undefined,
  }
  for (let fruitless = 0; ; fruitless++) {
    const before = download.at
    try {
      await takeUp(client, address, download, signal)
      if (download.at === download.total) return checkWhole(download, address)
      if (download.at > (download.total ?? 0)) throw changed(address)
      throw new Error('the connection ended before the object did')
    } catch (error) {
      signal?.throwIfAborted()
      const refusal = refusalOf(error, address)
      if (refusal !== undefined) throw refusal
      if (download.at > before) fruitless = 0
      if (fruitless >= fruitlessAttempts) throw s3Failure(error, `reading ${address}`)
      if (isDamaged(error)) await restart(download)
    }
    await wait(firstPauseMs * 2 ** fruitless, undefined, signal ? { signal } : {})
  }
}

/** Reads from where the file ends to where the connection or the object does. */
async function takeUp(
  client: S3Client,
  address: string,
  download: Download,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { GetObjectCommand } = await loadSdk()
  const { bucket, key } = parseAddress(address)
  const from = download.at
  if (from > 0 && from === download.total) return
  const command = new GetObjectCommand({
    Bucket: bucket,
    Key: key,
    ...(download.etag === undefined ? {} : { IfMatch: download.etag }),
    ...(from === 0 ? {} : { Range: `bytes=${from}-` }),
  })
  const response = await client.send(command, signal ? { abortSignal: signal } : {})
  if (from === 0) begin(download, response, address)
  else if (response.ContentRange?.startsWith(`bytes ${from}-`) !== true)
    throw new EtlError('connection.failed', `${address} was not given from byte ${from} on`)
  for await (const chunk of response.Body as Readable) {
    const bytes = chunk as Buffer
    await download.file.write(bytes, 0, bytes.length, download.at)
    download.crc = crc32(bytes, download.crc)
    download.at += bytes.length
  }
}

function begin(download: Download, response: GetObjectCommandOutput, address: string): void {
  download.etag ??= response.ETag
  download.checksum = response.ChecksumType === 'FULL_OBJECT' ? response.ChecksumCRC32 : undefined
  if (download.total !== undefined && download.total !== response.ContentLength) throw changed(address)
  download.total = response.ContentLength
}

/** The SDK judges a body that came in one piece; what came in several is judged here. */
function checkWhole({ checksum, crc }: Download, address: string): void {
  if (checksum === undefined || Buffer.from(checksum, 'base64').readUInt32BE() === crc >>> 0) return
  throw new EtlError('connection.failed', `${address} arrived with another checksum than it has`, {
    retry: 'transient',
  })
}

const isDamaged = (error: unknown): boolean => error instanceof Error && /checksum/i.test(error.message)

async function restart(download: Download): Promise<void> {
  await download.file.truncate(0)
  Object.assign(download, { at: 0, crc: 0 })
}

/** What no further attempt would change. */
function refusalOf(error: unknown, address: string): unknown {
  if (error instanceof EtlError && error.retry === 'never') return error
  const status = statusOf(error)
  if (status === 412) return changed(address, error)
  if (status === 404 && (error as Error).name !== 'NoSuchBucket') return missing(address, error)
  // Attempts of the SDK itself have been made by now.
  return status !== undefined && status >= 300 ? s3Failure(error, `reading ${address}`) : undefined
}

export const missing = (address: string, cause?: unknown): EtlError =>
  new EtlError('source.missing', `${address} does not exist`, {
    cause,
    hint: 'It may have been deleted since it was listed.',
  })

export const changed = (address: string, cause?: unknown): EtlError =>
  new EtlError('source.changed', `${address} was written to since it was listed`, {
    cause,
    hint: 'Write objects under new names, then run again.',
  })
