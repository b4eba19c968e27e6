import type { FileFormat, FileScan } from '../plan/source.ts'
import type { Schema } from '../plan/type.ts'

/**
 * The identity of a source file as a position: a file whose identity is in the ledger is not read again; a file with a
 * known path but another identity has changed.
 */
export interface FileIdentity {
  /** Path relative to the source's base folder, with `/`. */
  readonly path: string
  readonly size: number
  readonly mtimeMs: number
  /** SHA-256 over size, the first and the last 64 KiB, which decides when mtime alone differs; of objects `etag:…`. */
  readonly contentHash: string
}

/** What a changed file (known path, other content) means for an append-only source. */
export type ChangedFilePolicy = 'fail' | 'reload' | 'append-as-new'

/** A source of files as a declaration holds it: pure data. */
export interface FilesSource {
  readonly kind: 'files'
  /** The connector's name: `csv`, `json`, `parquet`, `mmdb`, `access-log`. */
  readonly connector: string
  /** Glob or path, relative to the project folder, or `s3://bucket/…`; `*`, `**`, `?`, `{a,b}`; `.gz` and `.zst` are decompressed. */
  readonly path: string
  readonly format: FileFormat
  /** Declared columns and types: the raw table's schema. */
  readonly schema: Schema
  readonly onChangedFile: ChangedFilePolicy
  /** Stops the run before it publishes: a count (>= 1) or a share of the records read (< 1). */
  readonly maxRejected?: number
}

/**
 * A source that is asked over a connection, as a declaration holds it: pure data. Its connector fetches records into
 * staging files of `format`, which engines read like any files.
 */
export interface RemoteSource {
  readonly kind: 'remote'
  /** The connector's name: `mysql`. */
  readonly connector: string
  /** Where the service is and who asks. Not part of what the rows are: a moved server keeps its positions. */
  readonly connection: Readonly<Record<string, unknown>>
  /** What is read there. Another value makes other rows, so the table is built anew. */
  readonly reads: Readonly<Record<string, unknown>>
  readonly format: FileFormat
  readonly schema: Schema
  /**
   * A column, never NULL, of which a later fetch has greater values than all fetches before it. Greater for rows of the same
   * item is not enough: a table may take another column for its key.
   */
  readonly ascending?: string
  readonly maxRejected?: number
  /** The share of the published rows, 0..1, that a run may take away unasked. Default 1. */
  readonly maxShrink?: number
}

export type Source = FilesSource | RemoteSource

/** The new work that a source holds beyond a position. */
export interface SourceWork {
  readonly scan: FileScan
  /** Identities of the files in `scan`. */
  readonly taken: readonly FileIdentity[]
  /** Known paths whose content changed. */
  readonly changed: readonly FileIdentity[]
  /** Paths in the ledger that are gone; informational. */
  readonly missing: readonly string[]
}
