import type { DuckDBConnection } from '@duckdb/node-api'
import type { BegunSurvey } from './csv-survey.ts'

export interface ReadContext {
  /** A connection of the engine's own; the session is UTC and may read the scan's files and `scratch`. */
  readonly connection: DuckDBConnection
  /** Absolute folder for temporary files (transcoded text, reject rows); emptied by the caller. */
  readonly scratch: string
  /** Threads that may look through one large text at the same time; default 1. */
  readonly threads?: number
  /** The most bytes of a text that each thread may hold; default and at most 64 MiB. */
  readonly pieceBytes?: number
  /** A look at one of the files that was begun before. */
  readonly ahead?: BegunSurvey
  readonly signal?: AbortSignal
}

/** Source files opened as a relation. */
export interface OpenedFiles {
  /**
   * A SELECT with exactly the scan's columns in their SQL types: the well-formed records only. A statement that
   * contains it runs to its end before `finish`, on the connection that the files were opened with; it takes the rejects
   * down on the way, and may run again.
   */
  readonly select: string
  /**
   * Reports the records that are not rows of `select`.
   *
   * `scanned` is the number of rows that left the file scan operators of the finished statement (from its profile), and
   * `good` the number of rows that `select` gave. Returns a SELECT over `rejectSchema` and its row count, or undefined
   * when every record was good. The source position and original bytes are found by a second look, which only files
   * with rejects pay for.
   */
  finish(observed: { readonly scanned: number; readonly good: number }): Promise<OpenedRejects | undefined>
}

export interface OpenedRejects {
  readonly sql: string
  readonly rows: number
}
