import type { CsvDialect } from '../plan/source.ts'
import type { Columns } from './column.ts'

/** A proposal for reading a file. Nothing of it is used in a run until it is pasted as a declaration. */
export interface Inference {
  /** The function that declares the source: `csv`, `ndjson`, `jsonArray`, `parquet`, `accessLog`. */
  readonly connector: string
  readonly columns: Columns
  /** Of delimited text only. */
  readonly dialect?: CsvDialect
  /** What could not be decided or read, in sentences. */
  readonly warnings: readonly string[]
  /** TypeScript of a table declaration, ready to paste. */
  readonly declaration: string
}
