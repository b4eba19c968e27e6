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

/**
 * Writes rows into files of a folder. Spark's own commit protocol makes them appear when all is written.
 *
 * What reaches the files of a table (see `writeCommand`), seen on 3.5 and 4.1:
 *
 * - `parquet.field.id` stands in the footer for every column and every member of a struct, also of structs inside lists
 *   and maps, whatever plan is below (files, aggregates, shuffles).
 * - The element of a list and the key and value of a map get no id: Spark's writer has no place for them.
 * - A column is REQUIRED in the file when Spark knows that it is never NULL, else OPTIONAL, whatever the table says.
 * - Columns of `partitionBy` leave the files; to keep them there, partition by copies under other names.
 * - Observed metrics of a command arrive from servers since 4.0 only. 3.5 sends those of queries, none of commands.
 *
 * The same settings as for every session count: `spark.sql.parquet.fieldId.write.enabled` is on unless switched off.
 */
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
