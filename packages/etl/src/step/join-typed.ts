import type { Column, ColumnName, Columns, NoColumn } from '../plan/columns.ts'

/** `N` when both sides have such a column, else a sentence. */
export type SharedName<L extends Columns, R extends Columns, N extends string> = N extends keyof L
  ? N extends keyof R
    ? N
    : `the other side: ${NoColumn<R, N>}`
  : NoColumn<L, N>

/** Equal keys: a name that both sides have, or a pair of names [this side, other side]. */
export type JoinKeys<
  L extends Columns,
  R extends Columns,
  N extends string,
  A extends string,
  B extends string,
> = readonly (SharedName<L, R, N> | readonly [ColumnName<L, A>, ColumnName<R, B>])[]

/** Columns of the other side that the result keeps by default: all but its keys. */
export type OtherThan<R extends Columns, N extends string> = Exclude<Extract<keyof R, string>, N>

type Loosened<C extends Columns, Loose extends boolean> = {
  readonly [N in keyof C]: Loose extends true ? Column<C[N]['kind'], true> : C[N]
}

type Kept<R extends Columns, K extends string, P extends string, Loose extends boolean> = {
  readonly [N in Extract<keyof R, K> as `${P}${Extract<N, string>}`]: Loose extends true
    ? Column<R[N]['kind'], true>
    : R[N]
}

/** The columns of a join: this side's, then the kept ones of the other side under their prefix. */
export type Joined<
  L extends Columns,
  R extends Columns,
  K extends string,
  P extends string,
  LooseLeft extends boolean,
  LooseRight extends boolean,
> = Loosened<L, LooseLeft> & Kept<R, K, P, LooseRight> extends infer J
  ? { readonly [N in keyof J]: J[N] extends Column ? J[N] : never }
  : never

/** Options of every step that takes columns from another relation. */
export interface KeepOptions<R extends Columns, K extends string, P extends string> {
  /** Columns of the other side to take. Default: all but its keys. */
  readonly keep?: readonly ColumnName<R, K>[]
  /** Put before the names of the columns taken. */
  readonly prefix?: P
}
