import { type Columns, sourceColumnsOf } from './column.ts'
import { type FilesOptions, filesSource, type TypedFilesSource } from './files.ts'

export interface ParquetOptions<C extends Columns> extends FilesOptions {
  readonly columns: C
}

/**
 * Declares Parquet files with typed columns.
 *
 * Columns are matched by name (exactly, else without regard to case); columns that are not declared are ignored, and a
 * nullable column that a file does not have is NULL. A value is taken only if it has an exact place in its declared type;
 * otherwise its row is a reject with its row number. Damaged and encrypted files are refused with the reason. Fails with
 * `config.invalid` on an impossible column.
 */
export function parquet<const C extends Columns>(
  path: string,
  options: ParquetOptions<C>,
): TypedFilesSource<C> {
  const format = { kind: 'parquet', columns: sourceColumnsOf(options.columns) } as const
  return filesSource('parquet', path, format, options.columns, options)
}
