import type { FileFormat } from '../plan/source.ts'
import { type Columns, schemaOf } from './column.ts'
import type { ChangedFilePolicy, FilesSource } from './contract.ts'

/** What every source of files may say. */
export interface FilesOptions {
  /** What a changed file (known path, other content) means. Default `fail`. */
  readonly onChangedFile?: ChangedFilePolicy
  /** Stops the run before it publishes: a count (>= 1) or a share of the records read (< 1). Default: no limit. */
  readonly maxRejected?: number
}

/** A source of files that remembers its declared columns, so that builders know their names and types. */
export interface TypedFilesSource<C extends Columns> extends FilesSource {
  readonly columns: C
}

/** Assembles the declaration of a source of files. Fails with `config.invalid` as `schemaOf` does. */
export function filesSource<C extends Columns>(
  connector: string,
  path: string,
  format: FileFormat,
  columns: C,
  options: FilesOptions,
): TypedFilesSource<C> {
  return Object.freeze({
    kind: 'files',
    connector,
    path,
    format,
    schema: schemaOf(columns),
    columns,
    onChangedFile: options.onChangedFile ?? 'fail',
    ...(options.maxRejected === undefined ? {} : { maxRejected: options.maxRejected }),
  })
}
