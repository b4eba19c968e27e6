import type { Kind } from './type.ts'

/** What TypeScript knows of one column: its kind and whether it may be NULL. */
export interface Column<K extends Kind = Kind, N extends boolean = boolean> {
  readonly kind: K
  readonly nullable: N
}

/** What TypeScript knows of a relation: its columns by name. `Columns` itself means that nothing is known. */
export type Columns = Readonly<Record<string, Column>>

/** Anything that declares a type and whether it may be NULL, such as `int64()` of the connectors. */
export interface TypeSpec<K extends Kind = Kind, N extends boolean = boolean> {
  readonly type: { readonly kind: K }
  readonly nullable: N
}

/** The columns that declared columns have. */
export type ColumnsOf<D extends Readonly<Record<string, TypeSpec>>> = {
  readonly [N in keyof D]: Column<D[N]['type']['kind'], D[N]['nullable']>
}

type LastOf<U> = (U extends unknown ? (_: (_: U) => void) => void : never) extends (_: infer I) => void
  ? I extends (_: infer L) => void
    ? L
    : never
  : never

/** The members of a union as one text, at most 40 of them: listing takes time that grows with the square of the count. */
type Joined<U extends string, Text extends string = '', Seen extends readonly 0[] = []> = [U] extends [never]
  ? Text
  : Seen['length'] extends 40
    ? `${Text} | …`
    : LastOf<U> extends infer L extends string
      ? Joined<Exclude<U, L>, Text extends '' ? L : `${L} | ${Text}`, [...Seen, 0]>
      : Text

/** The sentence that a wrong column name turns into; an editor shows it where the name is written. */
export type NoColumn<
  C extends Columns,
  N extends string,
> = `there is no column '${N}' here; columns: ${Joined<Extract<keyof C, string>>}`

/** `N` when it names a column of `C`, else a sentence that says what is there. */
export type ColumnName<C extends Columns, N extends string> = N extends keyof C ? N : NoColumn<C, N>

/** `N` when it names a column of one of the kinds `K`, else a sentence. */
export type ColumnOfKind<C extends Columns, N extends string, K extends Kind> = N extends keyof C
  ? [Extract<C[N]['kind'], K>] extends [never]
    ? `column '${N}' is ${C[N]['kind']}; expected ${Joined<K>}`
    : N
  : NoColumn<C, N>

/** `N` unless the relation has such a column already, else a sentence. */
export type NewColumn<C extends Columns, N extends string> = string extends keyof C
  ? N
  : N extends keyof C
    ? `there is a column '${N}' already; choose another name`
    : N

/** `C` with the columns of `D` replaced in place or added after. */
export type With<C extends Columns, D extends Columns> = {
  readonly [N in keyof C | keyof D]: N extends keyof D ? D[N] : N extends keyof C ? C[N] : never
}

/** `C` with the kind of one column replaced. */
export type WithColumn<C extends Columns, N extends PropertyKey, T extends Column> = {
  readonly [M in keyof C | Extract<N, string>]: M extends N ? T : M extends keyof C ? C[M] : never
}
