import type { Message } from './codec.ts'
import { type Relation, entries } from './relation.ts'
import { saveModes } from './plan-messages.ts'

/** Files that Spark writes. */
export interface FileWrite {
  readonly input: Relation
  /** `parquet`, `csv`, `json`, … */
  readonly format: string
  /** A folder as the cluster names it; Spark makes it. */
  readonly path: string
  readonly mode: keyof typeof saveModes
  /** Columns whose values become folders (`region=EU/…`) and leave the files. */
  readonly partitionBy?: readonly string[]
  /** Options of Spark's writer: `compression`, `maxRecordsPerFile`, … */
  readonly options?: Readonly<Record<string, string>>
}

/** Writes rows into files of a folder. Spark's own commit protocol makes them appear when all is written. */
export function writeFiles(write: FileWrite): Message<'Command'> {
  return {
    write_operation: {
      input: write.input,
      source: write.format,
      path: write.path,
      mode: saveModes[write.mode],
      partitioning_columns: write.partitionBy ?? [],
      options: entries(write.options ?? {}),
    },
  }
}
