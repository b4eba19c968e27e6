/** An object as a listing tells it. */
export interface ObjectInfo {
  /** `s3://bucket/key` */
  readonly address: string
  readonly size: number
  /** Milliseconds since the epoch; S3 keeps whole seconds. */
  readonly modifiedMs: number
  /** With its quotes, as HTTP writes it. */
  readonly etag: string
}

export interface StoredBytes {
  readonly bytes: Buffer
  readonly etag: string
}

/** What must be so for a conditional write to happen: nothing is there, or exactly the object of this ETag. */
export type PutCondition = 'absent' | { readonly etag: string }

export interface GetFileOptions {
  /** The object as it was listed; one that has changed since is refused with `source.changed`. */
  readonly expected?: Pick<ObjectInfo, 'etag' | 'size'>
  readonly signal?: AbortSignal
}

/**
 * A store of objects that are written whole and never changed in part. Addresses are `s3://bucket/key`; those of folders
 * end in `/`.
 *
 * Every call fails with `connection.unauthorized` when the service refuses the credentials or the action, with
 * `connection.failed` or `connection.timeout` when its answer did not arrive in several attempts (what was asked for may
 * have happened), and with `config.invalid` when the client is not installed or has no region.
 */
export interface ObjectStore extends AsyncDisposable {
  /** Lists all objects whose key begins with that of the address, by key in the order of UTF-8 bytes, a page at a time. */
  list(address: string, signal?: AbortSignal): AsyncGenerator<ObjectInfo, void, void>
  head(address: string): Promise<ObjectInfo | undefined>
  /** Reads a small object whole; undefined when there is none. */
  get(address: string): Promise<StoredBytes | undefined>
  /**
   * Writes an object to a new file, in constant memory. A broken connection is taken up where it broke. The file is
   * whole when the call returns: length and, where the store keeps one, checksum are those of the object. Fails with
   * `source.missing` when there is no such object.
   */
  getFile(address: string, path: string, options?: GetFileOptions): Promise<void>
  /** Reads bytes `start` to `end` (exclusive) of an object that must still have the ETag. */
  getRange(object: ObjectInfo, start: number, end: number): Promise<Buffer>
  /**
   * Writes an object; with a condition only where it holds, else nothing happens and `undefined` is returned. After an
   * attempt whose reply was lost that may also be because of the attempt itself: read before you conclude anything.
   */
  put(
    address: string,
    bytes: Uint8Array,
    condition?: PutCondition,
  ): Promise<{ readonly etag: string } | undefined>
  /** Writes a file as an object, in parts when it is large, in constant memory. It appears whole or not at all. */
  putFile(address: string, path: string, signal?: AbortSignal): Promise<void>
  /** Deletes objects; those that are not there count as deleted. One that stays does not keep the others, and fails it. */
  delete(addresses: readonly string[]): Promise<void>
}
