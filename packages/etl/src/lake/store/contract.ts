/** A file of the lake, as a listing tells it. */
export interface ListedFile {
  /** Absolute. */
  readonly path: string
  /** Infinity where it could not be told: then the file is as young as can be. */
  readonly modifiedMs: number
}

/** A data file that shall be at its path. */
export interface HeldFile {
  readonly path: string
  readonly bytes?: number
}

/**
 * Where the files of a lake are. Everyone else names a file by an absolute path of this machine, where an engine writes and
 * reads it; metadata names it by its location. In a folder both are the same file; in an object store the path is where a
 * copy lies while it is needed.
 */
export interface FileStore extends AsyncDisposable {
  /** The folder of the lake as a path: tables lie below it. */
  readonly root: string
  /** An absolute folder for scratch files, on the file system that data files are written to. */
  readonly scratch: string
  toLocation(path: string): string
  /** Fails with `lake.unsupported` on a location that is none of the store's. Takes paths, too. */
  toPath(location: string): string
  /**
   * Reads a file whole. Fails with `lake.corrupt` when it is missing, to be tried again: maintenance beside a reader may
   * have expired the snapshot that it had just looked up.
   */
  read(location: string): Promise<Buffer>
  /** Writes a new file and makes it durable; in a folder its name is only after `settle`. */
  write(path: string, content: string | Uint8Array): Promise<void>
  makeFolder(path: string): Promise<void>
  /** Makes the names of new files in a folder durable. */
  settle(folder: string): Promise<void>
  /** Makes files that others have written here durable; `sync`: they have not done so themselves. */
  publish(paths: readonly string[], mode: 'sync' | 'exists'): Promise<void>
  /** Says that published files need not be at their paths any more, unless somebody holds them. */
  release(paths: readonly string[]): Promise<void>
  /** Names the first of the files that is not there. */
  firstMissing(paths: readonly string[]): Promise<string | undefined>
  /** All files below a folder, in no order; none where there is no such folder. */
  list(folder: string): Promise<readonly ListedFile[]>
  /** Has data files at their paths until it is disposed of. Fails with `lake.missing-file`. */
  hold(files: readonly HeldFile[], signal?: AbortSignal): Promise<AsyncDisposable>
}
