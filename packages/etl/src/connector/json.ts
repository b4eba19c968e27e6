import { type Columns, sourceColumnsOf } from './column.ts'
import { type FilesOptions, filesSource, type TypedFilesSource } from './files.ts'

export interface JsonOptions<C extends Columns> extends FilesOptions {
  readonly columns: C
}

/**
 * Declares files of one JSON object per line, with typed columns.
 *
 * A column is the member of its name, or what `from` says: the name of a member, or a path such as `$.customer.city`,
 * `$.items[0].sku`, `$."odd.name"`. A missing member and `null` are NULL; of duplicate keys the first counts. Text takes
 * JSON strings only; the other types take numbers, booleans and strings by the catalogue's parse functions, with all their
 * digits. A record that is no JSON object or has a value that does not fit is a reject with its line number. Numbers in
 * `json` columns keep their value; their spelling may change (`1.50` becomes `1.5`). Fails with `config.invalid` on an
 * impossible column.
 */
export function ndjson<const C extends Columns>(path: string, options: JsonOptions<C>): TypedFilesSource<C> {
  return jsonSource(path, 'lines', options)
}

/**
 * Declares files that hold one JSON array of objects each, with typed columns read as `ndjson` reads them. Rejects carry
 * the number of the element. Objects one after another, without an array, are taken as well.
 */
export function jsonArray<const C extends Columns>(
  path: string,
  options: JsonOptions<C>,
): TypedFilesSource<C> {
  return jsonSource(path, 'array', options)
}

function jsonSource<C extends Columns>(
  path: string,
  layout: 'lines' | 'array',
  options: JsonOptions<C>,
): TypedFilesSource<C> {
  const format = { kind: 'json', layout, columns: sourceColumnsOf(options.columns) } as const
  return filesSource('json', path, format, options.columns, options)
}
