import { createHash, randomBytes } from 'node:crypto'
import type { Checksum } from './body.ts'
import { S3Error } from './error.ts'

/** How an object is encrypted, as its headers say. */
export interface Encryption {
  readonly algorithm: string
  readonly kmsKey: string | undefined
}

export interface StoredObject {
  readonly bytes: Buffer
  /** With its quotes. */
  readonly etag: string
  /** Whole seconds, as S3 keeps them. */
  readonly modifiedMs: number
  readonly encryption: Encryption | undefined
  readonly checksum: Checksum | undefined
  readonly contentType: string | undefined
}

/** What must be true of the present object for a write to happen. */
export interface Condition {
  readonly ifMatch: string | undefined
  readonly ifNoneMatch: string | undefined
  /** The count of deletes of the key when the request began. */
  readonly deletesBefore: number
}

interface Upload {
  readonly key: string
  readonly encryption: Encryption | undefined
  readonly contentType: string | undefined
  readonly parts: Map<number, { readonly bytes: Buffer; readonly etag: string }>
}

/** Objects by key in the order of UTF-8 bytes, and the uploads that are under way. */
export class Bucket {
  readonly objects = new Map<string, StoredObject>()
  readonly uploads = new Map<string, Upload>()
  readonly #deletes = new Map<string, number>()
  #sorted: readonly string[] | undefined

  /** Keys after `from` (exclusive), in order. */
  keysAfter(from: string): Iterable<string> {
    this.#sorted ??= [...this.objects.keys()].toSorted((a, b) =>
      Buffer.compare(Buffer.from(a), Buffer.from(b)),
    )
    const sorted = this.#sorted
    const start = from === '' ? 0 : lowerBound(sorted, from)
    return sorted.values().drop(start)
  }

  put(key: string, object: StoredObject): void {
    if (!this.objects.has(key)) this.#sorted = undefined
    this.objects.set(key, object)
  }

  delete(key: string): void {
    if (this.objects.delete(key)) this.#sorted = undefined
    this.#deletes.set(key, this.deletesOf(key) + 1)
  }

  deletesOf(key: string): number {
    return this.#deletes.get(key) ?? 0
  }

  /**
   * Fails with 412, 404 or 409 when a conditional write may not happen. Source: Amazon S3 user guide, "How to prevent
   * object overwrites with conditional writes".
   */
  check(key: string, condition: Condition): void {
    const { ifMatch, ifNoneMatch, deletesBefore } = condition
    const now = this.objects.get(key)
    if (ifNoneMatch === undefined && ifMatch === undefined) return
    if (ifNoneMatch !== undefined && ifNoneMatch !== '*')
      throw new S3Error('NotImplemented', 'If-None-Match of a write is *')
    if (ifMatch !== undefined && now === undefined) throw new S3Error('NoSuchKey')
    if (this.deletesOf(key) !== deletesBefore) throw new S3Error('ConditionalRequestConflict')
    if (ifMatch !== undefined && !sameEtag(ifMatch, now?.etag)) throw new S3Error('PreconditionFailed')
    if (ifNoneMatch !== undefined && now !== undefined) throw new S3Error('PreconditionFailed')
  }
}

export const sameEtag = (a: string, b: string | undefined): boolean =>
  a === '*' || a.replaceAll('"', '') === b?.replaceAll('"', '')

function lowerBound(sorted: readonly string[], from: string): number {
  const bytes = Buffer.from(from)
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (Buffer.compare(Buffer.from(sorted[middle] ?? ''), bytes) <= 0) low = middle + 1
    else high = middle
  }
  return low
}

/** The ETag of a body: its MD5, but under a KMS key something that is none. Source: S3 API reference, "Object". */
export const etagOf = (bytes: Uint8Array, encryption: Encryption | undefined): string =>
  encryption?.kmsKey === undefined
    ? `"${createHash('md5').update(bytes).digest('hex')}"`
    : `"${randomBytes(16).toString('hex')}"`

/** S3 keeps whole seconds. */
export const nowSecond = (): number => Math.floor(Date.now() / 1000) * 1000
