import { fingerprint } from '../../base/json.ts'
import { quoteName } from '../../function/dialect.ts'
import type { PartitionField } from '../../engine/contract.ts'

/** How the rows of a table lie in Redshift: pure data. A change of it rebuilds the table from itself, with the next delivery. */
export interface RedshiftLayout {
  /**
   * How rows are spread over the nodes: `auto` (default) leaves it to Redshift, `even` deals them out, `all` puts each row on
   * each node, and with a column rows of one value lie together.
   */
  readonly distribution?: 'auto' | 'even' | 'all' | { readonly key: string }
  /** Columns by which rows are sorted (compound). Default: the column of the `partition`; without one `SORTKEY AUTO`. */
  readonly sort?: readonly string[]
  /**
   * Bytes that values of a column may have; longer ones are refused. Text: 1 to 65,535, default 65,535 (`VARCHAR(n)`).
   * Bytes: 1 to 16,777,216, default 64,000 (`VARBYTE(n)`).
   */
  readonly lengths?: Readonly<Record<string, number>>
}

/** A layout and what the partition says of it. */
export interface Laid {
  readonly layout?: RedshiftLayout
  readonly partition?: PartitionField
}

/** Redshift keeps names in lower case, quoted or not, unless it is told otherwise; only these letters change. */
export const lower = (name: string): string => name.replaceAll(/[A-Z]/g, (c) => c.toLowerCase())

/** Columns that a table may be sorted by. Source: Redshift guide, "CREATE TABLE". */
export const maxSortColumns = 400

/** The columns that a table is sorted by; none: as Redshift finds best. */
export const sortOf = ({ layout, partition }: Laid): readonly string[] =>
  layout?.sort ?? (partition === undefined ? [] : [partition.column])

/** Identifies a layout, for the position of a target. */
export function layoutMark(laid: Laid): string {
  const { distribution = 'auto', lengths = {} } = laid.layout ?? {}
  return fingerprint({
    distribution: typeof distribution === 'string' ? distribution : { key: lower(distribution.key) },
    sort: sortOf(laid).map(lower),
    lengths: Object.fromEntries(Object.entries(lengths).map(([name, n]) => [lower(name), n])),
  })
}

/** Prints the attributes of a table that follow its columns. */
export function printLayout(laid: Laid): string {
  const { distribution = 'auto' } = laid.layout ?? {}
  const sort = sortOf(laid)
  const spread =
    typeof distribution === 'string'
      ? `DISTSTYLE ${distribution.toUpperCase()}`
      : `DISTSTYLE KEY DISTKEY (${quoteName(distribution.key)})`
  return `${spread} ${sort.length === 0 ? 'SORTKEY AUTO' : `COMPOUND SORTKEY (${sort.map(quoteName).join(', ')})`}`
}
