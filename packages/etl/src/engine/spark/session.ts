import type { SparkStruct } from './struct-type.ts'

/** Parquet files that statements see under a name; columns are matched by field id. */
export interface SparkView {
  readonly name: string
  readonly schema: SparkStruct
  /** Absolute paths or URIs; at least one. */
  readonly files: readonly string[]
}

/** A SELECT to be written as zstd Parquet files. */
export interface SparkWrite {
  readonly sql: string
  /** The columns of `sql` and their field ids, in order; the partition columns, which carry none, come last. */
  readonly schema: SparkStruct
  /** Columns that become folders and leave the files. */
  readonly partitionBy: readonly string[]
  /** Absolute folder or URI; files are added to what is there. */
  readonly folder: string
}

/** How far a statement has come. */
export interface SparkProgress {
  readonly tasks: number
  readonly tasksDone: number
  readonly bytesRead: number
}

/** What each statement is told: what it is for, in the words of an error; who listens; what ends it. */
export interface SparkCall {
  readonly doing: string
  readonly onProgress?: (progress: SparkProgress) => void
  readonly signal?: AbortSignal
}

/** A call of a session that is known before the session begins. */
export type SparkStep =
  | { readonly kind: 'view'; readonly view: SparkView }
  | {
      readonly kind: 'rows'
      readonly sql: string
      readonly doing: string
      /** Nothing after it is done when it gives a row. */
      readonly stops: boolean
      /** Needless when the first write wrote so many rows. */
      readonly unlessWritten?: number
    }
  | {
      readonly kind: 'write'
      readonly write: SparkWrite
      readonly doing: string
      readonly unlessWritten?: number
    }

/**
 * One session of a Spark server: its own settings and views, ended by disposing of it, which interrupts what still runs.
 *
 * Failures are `EtlError`s: `engine.failed` with Spark's error class, `run.cancelled` after an abort.
 */
export interface SparkSession extends AsyncDisposable {
  /**
   * Is told, before anything else, all that may be asked of the session. One that runs it as a whole, as a job, does so
   * now, and answers the calls from what the job reported.
   */
  foresee?(steps: readonly SparkStep[], call: SparkCall): Promise<void>
  view(view: SparkView, call: SparkCall): Promise<void>
  /** Runs a bookkeeping query whose columns are all text, and returns all its rows. Not for data. */
  rows(sql: string, call: SparkCall): Promise<readonly (readonly (string | null)[])[]>
  /** Writes, and tells how many rows lie in the folder where the session counts them. */
  write(write: SparkWrite, call: SparkCall): Promise<{ readonly rows?: number }>
}

/** Opens a session with settings on top of the pinned ones. */
export type OpenSparkSession = (settings: Readonly<Record<string, string>>) => Promise<SparkSession>
