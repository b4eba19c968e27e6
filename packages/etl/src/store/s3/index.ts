import type { S3Client } from '@aws-sdk/client-s3'
import { createReadStream } from 'node:fs'
import { stat } from 'node:fs/promises'
import { parseAddress } from '../address.ts'
import type { ObjectInfo, ObjectStore, PutCondition } from '../contract.ts'
import { statusOf } from '../service-failure.ts'
import { EtlError } from '../../base/errors.ts'
import { loadSdk, loadStorage, makeClient } from './client.ts'
import { deleteAll } from './delete.ts'
import { changed, downloadFile, missing } from './download.ts'
import { s3Failure } from './failure.ts'
import { listObjects } from './list.ts'
import type { S3Options } from './options.ts'

export * from './options.ts'

/** Size of a part of an upload; larger where 10,000 parts would not do (user guide, "multipart upload limits"). */
const partBytes = 8 * 2 ** 20
const maxParts = 10_000
const partsAtOnce = 4

/** Opens S3. Nothing is loaded or connected to before the first call; dispose of it to close its connections. */
export function openS3(options: S3Options = {}): ObjectStore {
  let made: Promise<S3Client> | undefined
  const client = (): Promise<S3Client> => (made ??= makeClient(options))
  const encryption =
    options.kmsKey === undefined
      ? {}
      : ({ ServerSideEncryption: 'aws:kms', SSEKMSKeyId: options.kmsKey } as const)
  return {
    list: async function* list(address, signal) {
      yield* listObjects(await client(), address, signal)
    },
    head: async (address) => head(await client(), address),
    get: async (address) => get(await client(), address),
    getRange: async (object, start, end) => getRange(await client(), object, start, end),
    getFile: async (address, path, file = {}) => downloadFile(await client(), address, path, file),
    put: async (address, bytes, condition) => put(await client(), address, { bytes, condition, encryption }),
    putFile: async (address, path, signal) => putFile(await client(), address, { path, signal, encryption }),
    delete: async (addresses) => deleteAll(await client(), addresses),
    [Symbol.asyncDispose]: async () => {
      // A client that could not be made has told so where it was asked for.
      const open = await made?.catch(() => undefined)
      open?.destroy()
      made = undefined
    },
  }
}

type Encryption =
  | { readonly ServerSideEncryption: 'aws:kms'; readonly SSEKMSKeyId: string }
  | Readonly<Record<never, never>>

const partsOf = (address: string): { readonly Bucket: string; readonly Key: string } => {
  const { bucket, key } = parseAddress(address)
  return { Bucket: bucket, Key: key }
}

/** Whether the service said that there is no such object. */
const isAbsent = (error: unknown): boolean =>
  statusOf(error) === 404 && (error as Error).name !== 'NoSuchBucket'

async function head(client: S3Client, address: string): Promise<ObjectInfo | undefined> {
  const { HeadObjectCommand } = await loadSdk()
  try {
    const found = await client.send(new HeadObjectCommand(partsOf(address)))
    return {
      address,
      size: found.ContentLength ?? 0,
      modifiedMs: found.LastModified?.getTime() ?? 0,
      etag: found.ETag ?? '',
    }
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw s3Failure(error, `looking for ${address}`)
  }
}

async function get(client: S3Client, address: string): ReturnType<ObjectStore['get']> {
  const { GetObjectCommand } = await loadSdk()
  for (let attempt = 1; ; attempt++) {
    try {
      const { Body, ETag = '' } = await client.send(new GetObjectCommand(partsOf(address)))
      if (Body === undefined) throw new Error('the answer had no body')
      return { bytes: Buffer.from(await Body.transformToByteArray()), etag: ETag }
    } catch (error) {
      if (isAbsent(error)) return undefined
      // The SDK repeats a call, but not one whose body broke off.
      const broke = !(error instanceof EtlError) && statusOf(error) === undefined
      if (!broke || attempt >= 4) throw s3Failure(error, `reading ${address}`)
    }
  }
}

async function getRange(client: S3Client, object: ObjectInfo, start: number, end: number): Promise<Buffer> {
  const { GetObjectCommand } = await loadSdk()
  const { address, etag } = object
  if (end <= start) return Buffer.alloc(0)
  try {
    const range = { IfMatch: etag, Range: `bytes=${start}-${end - 1}` }
    const { Body } = await client.send(new GetObjectCommand({ ...partsOf(address), ...range }))
    return Buffer.from((await Body?.transformToByteArray()) ?? [])
  } catch (error) {
    if (isAbsent(error)) throw missing(address, error)
    if (statusOf(error) === 412) throw changed(address, error)
    throw s3Failure(error, `reading ${address}`)
  }
}

interface Put {
  readonly bytes: Uint8Array
  readonly condition: PutCondition | undefined
  readonly encryption: Encryption
}

async function put(
  client: S3Client,
  address: string,
  { bytes, condition, encryption }: Put,
): ReturnType<ObjectStore['put']> {
  const { PutObjectCommand } = await loadSdk()
  const only =
    condition === undefined ? {} : condition === 'absent' ? { IfNoneMatch: '*' } : { IfMatch: condition.etag }
  try {
    const done = await client.send(
      new PutObjectCommand({ ...partsOf(address), Body: bytes, ...only, ...encryption }),
    )
    return { etag: done.ETag ?? '' }
  } catch (error) {
    // 412: the condition does not hold; 409: another write was under way; 404: what should be replaced is gone.
    const refused = [412, 409].includes(statusOf(error) ?? 0) || isAbsent(error)
    if (condition !== undefined && refused) return undefined
    throw s3Failure(error, `writing ${address}`)
  }
}

interface PutFile {
  readonly path: string
  readonly signal: AbortSignal | undefined
  readonly encryption: Encryption
}

async function putFile(client: S3Client, address: string, file: PutFile): Promise<void> {
  const { signal } = file
  for (let attempt = 1; ; attempt++) {
    try {
      return await uploadOnce(client, address, file)
    } catch (error) {
      signal?.throwIfAborted()
      // The reply to the last call of an upload was lost, and the next attempt of the SDK found it done: whether by
      // these very bytes is not known, so they are sent again.
      if ((error as Error).name !== 'NoSuchUpload' || attempt >= 3)
        throw s3Failure(error, `writing ${address}`)
    }
  }
}

async function uploadOnce(
  client: S3Client,
  address: string,
  { path, signal, encryption }: PutFile,
): Promise<void> {
  const { Upload } = await loadStorage()
  const { size } = await stat(path)
  const abortController = new AbortController()
  const abort = (): void => abortController.abort()
  signal?.throwIfAborted()
  signal?.addEventListener('abort', abort)
  const body = createReadStream(path, { highWaterMark: 2 ** 20 })
  try {
    const upload = new Upload({
      client,
      params: { ...partsOf(address), Body: body, ...encryption },
      partSize: Math.max(partBytes, Math.ceil(size / maxParts)),
      queueSize: partsAtOnce,
      abortController,
    })
    await upload.done()
  } finally {
    body.destroy()
    signal?.removeEventListener('abort', abort)
  }
}
