import type { CsvDialect } from '../plan/source.ts'
import type { Columns } from './column.ts'
import type { GrokOptions } from './grok.ts'

/** A proposal for reading a file. Nothing of it is used in a run until it is pasted as a declaration. */
export interface Inference {
  /** The function that declares the source: `csv`, `ndjson`, `jsonArray`, `parquet`, `accessLog`, `grok`. */
  readonly connector: string
  readonly columns: Columns
  /** Of delimited text only. */
  readonly dialect?: CsvDialect
  /** Of logs by grok patterns only. */
  readonly grok?: Pick<GrokOptions<Columns>, 'pattern' | 'multiline'>
  /** What could not be decided or read, in sentences. */
  readonly warnings: readonly string[]
  /** TypeScript of a table declaration, ready to paste. */
  readonly declaration: string
}
