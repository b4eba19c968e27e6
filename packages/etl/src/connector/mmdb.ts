import { EtlError } from '../base/errors.ts'
import { type Columns, type ColumnSpec, int32, sourceColumnsOf, text } from './column.ts'
import { type FilesOptions, filesSource, type TypedFilesSource } from './files.ts'

/** The columns of every MaxMind DB file, before the declared ones. */
export type MmdbColumns = {
  readonly network: ColumnSpec<'text', false>
  readonly prefix: ColumnSpec<'int32', false>
  readonly first_key: ColumnSpec<'text', false>
  readonly last_key: ColumnSpec<'text', false>
}

const networkColumns: MmdbColumns = {
  network: text({ required: true }),
  prefix: int32({ required: true }),
  first_key: text({ required: true }),
  last_key: text({ required: true }),
}

export interface MmdbOptions<C extends Columns> extends FilesOptions {
  readonly columns: C
}

type With<C extends Columns> = MmdbColumns & C extends infer A
  ? { readonly [N in keyof A]: A[N] extends ColumnSpec ? A[N] : never }
  : never

/**
 * Declares databases of IP networks in the MaxMind DB format (GeoIP, GeoLite, DB-IP, IPinfo) as a table of ranges.
 *
 * Every network that has a record is a row: `network` in CIDR notation, the length of its `prefix`, `first_key` and
 * `last_key` as `ip_key` writes addresses, then the declared columns. A column is the member of its name, or what `from`
 * says: a member or a path such as `$.country.iso_code`, `$.subdivisions[0].iso_code`; `$` is the whole record. Values are
 * read as `ndjson` reads them; a missing member is NULL, and a value that does not fit makes its network a reject.
 *
 * IPv4 networks are there once, under the keys of their mapped addresses; 6to4 and Teredo addresses, under which databases
 * repeat them, are not. A file that is cut off or whose search tree is damaged is refused with `source.corrupt`. Fails with
 * `config.invalid` on an impossible column.
 *
 * Source: MaxMind DB File Format Specification, version 2.0.
 */
export function mmdb<const C extends Columns>(
  path: string,
  options: MmdbOptions<C>,
): TypedFilesSource<With<C>> {
  const taken = Object.keys(options.columns).find((n) => Object.hasOwn(networkColumns, n.toLowerCase()))
  if (taken !== undefined) {
    throw new EtlError(
      'config.invalid',
      `every MaxMind DB file has a column "${taken}"; name yours otherwise`,
    )
  }
  const columns = { ...networkColumns, ...options.columns } as unknown as With<C>
  const format = { kind: 'mmdb', columns: sourceColumnsOf(columns) } as const
  return filesSource('mmdb', path, format, columns, options)
}
