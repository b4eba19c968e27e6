import type { Expression } from '../../plan/expression.ts'
import type { Schema } from '../../plan/type.ts'
import type { Pending } from '../booking/pending.ts'
import type { OpenedFiles } from './read/contract.ts'

/** Parquet files whose rows can be addressed by position. */
export interface FileBacked {
  /** A SELECT of the schema's columns plus `__row`, a number that identifies each row in every statement. */
  readonly withRowIds: string
}

/** A subtree lowered to SQL, with what is known of its rows. */
export interface Relation {
  readonly schema: Schema
  /** A SELECT with exactly the schema's columns. */
  readonly sql: string
  /** Rows at the start of `pending`; undefined while a source is read in the same statement that writes. */
  readonly rows: number | undefined
  readonly pending: readonly Pending[]
  readonly files?: FileBacked
  /** What an `expect` on top was printed from, so that a projection above can share its calls. */
  readonly guard?: { readonly predicate: Expression; readonly from: string }
  /** The source that `sql` reads directly; to be finished after the statement. */
  readonly opened?: OpenedFiles
}
