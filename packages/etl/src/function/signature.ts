import type { Kind } from '../plan/type.ts'
import type { FunctionDefinition, Param } from './contract.ts'
import type { Expr, Scope } from './expr.ts'

/** JavaScript values that stand for literals. Their type adapts to the other arguments. */
export type JsLiteral = null | boolean | number | bigint | string | Date | Uint8Array | readonly JsLiteral[]

/** What a function of the catalogue may be given: an expression over the row, or a plain value. */
export type Argument = Expr<Kind, boolean, Scope> | JsLiteral

type NumberKind = 'int8' | 'int16' | 'int32' | 'int64' | 'uint64' | 'decimal' | 'float64'
type IntegerKind = Exclude<NumberKind, 'decimal' | 'float64'>
type TextLike = 'text' | 'decimal' | 'date' | 'time' | 'timestamp' | 'uuid' | 'json'

/** The kinds a parameter takes, integers widening to decimal and float64. */
type Accepted<P extends Param> =
  | P['accepts'][number]
  | (Extract<P['accepts'][number], 'decimal' | 'float64'> extends never ? never : IntegerKind)

/** The kinds that a plain JavaScript value can stand for. */
type LiteralKinds<A> = A extends null
  ? Kind
  : A extends boolean
    ? 'bool'
    : A extends number | bigint
      ? NumberKind
      : A extends string
        ? TextLike
        : A extends Date
          ? 'timestamp' | 'date'
          : A extends Uint8Array
            ? 'bytes'
            : A extends readonly unknown[]
              ? 'list'
              : never

/** The kinds that an argument can have. */
type KindsOf<A> = A extends Expr<infer K, infer _N, infer _S> ? K : LiteralKinds<A>

type ParamAt<P extends readonly Param[], I> = I extends keyof P
  ? P[I] extends Param
    ? P[I]
    : never
  : P extends readonly [...unknown[], infer L extends Param]
    ? L['variadic'] extends true
      ? L
      : never
    : never

type Written<K extends Kind> = [Kind] extends [K]
  ? 'anything'
  : [NumberKind] extends [K]
    ? Listed<Exclude<K, NumberKind>, 'a number'>
    : Listed<K>
type LastOf<U> = (U extends unknown ? (_: (_: U) => void) => void : never) extends (_: infer I) => void
  ? I extends (_: infer L) => void
    ? L
    : never
  : never
type Listed<K extends string, Text extends string = ''> = [K] extends [never]
  ? Text
  : LastOf<K> extends infer L extends string
    ? Listed<Exclude<K, L>, Text extends '' ? L : `${L}, ${Text}`>
    : Text

type Given<A> =
  A extends Expr<infer K, infer _N, infer _S>
    ? K
    : A extends string
      ? 'a text'
      : A extends number | bigint
        ? 'a number'
        : A extends boolean
          ? 'a bool'
          : A extends Date
            ? 'a moment'
            : 'a value'

/** The kinds of the first argument that is an expression; arguments of a comparison are compared with it. */
type FirstKind<A extends readonly unknown[]> = A extends readonly [infer H, ...infer R]
  ? H extends Expr<infer K, infer _N, infer _S>
    ? K
    : FirstKind<R>
  : Kind

type Alike<K> = K extends NumberKind ? NumberKind : K

type CheckedKind<D extends FunctionDefinition, P extends Param, A, All extends readonly unknown[]> = [
  Extract<KindsOf<A>, Accepted<P>>,
] extends [never]
  ? `${D['name']}: argument '${P['name']}' is ${Given<A>}; it takes ${Written<P['accepts'][number]>}`
  : D['family'] extends 'compare'
    ? [Extract<KindsOf<A>, A extends string ? FirstKind<All> : Alike<FirstKind<All>>>] extends [never]
      ? `${D['name']}: ${Given<A>} cannot be compared with ${FirstKind<All>}`
      : A
    : A

type Checked<D extends FunctionDefinition, P extends Param, A, All extends readonly unknown[]> =
  A extends Expr<infer _K, infer _N, infer S>
    ? [S] extends ['row']
      ? P['constant'] extends true
        ? `${D['name']}: argument '${P['name']}' must be a constant, not a column`
        : CheckedKind<D, P, A, All>
      : `${D['name']}: an aggregate or window call cannot stand inside another call; derive from it in a later step`
    : CheckedKind<D, P, A, All>

/** The arguments, each itself when it fits or else a sentence that says why not. */
export type CheckedArgs<D extends FunctionDefinition, A extends readonly unknown[]> = {
  readonly [I in keyof A]: Checked<D, ParamAt<D['params'], I>, A[I], A>
}

/** The argument list a definition takes: optional ones may be left out, a variadic one repeats. */
export type ArgsOf<P extends readonly Param[]> = P extends readonly [
  infer H extends Param,
  ...infer R extends readonly Param[],
]
  ? H['variadic'] extends true
    ? readonly [Argument, ...Argument[]]
    : H['optional'] extends true
      ? readonly [Argument?, ...ArgsOf<R>]
      : readonly [Argument, ...ArgsOf<R>]
  : readonly []

type MaybeNull<A> = A extends Expr<infer _K, infer N, infer _S> ? N : A extends null ? true : false

type ResultNull<D extends FunctionDefinition, A extends readonly unknown[]> = D['nulls'] extends 'never'
  ? false
  : D['nulls'] extends 'strict'
    ? true extends MaybeNull<A[number]>
      ? true
      : false
    : boolean extends D['nulls']
      ? boolean
      : true

type Widest<K> = 'float64' extends K ? 'float64' : 'decimal' extends K ? 'decimal' : K
type ExprKinds<A> = A extends Expr<infer K, infer _N, infer _S> ? K : never

/** The kind at an argument's position; numbers widen with the other numbers, a literal takes the others' kind. */
type KindAt<A extends readonly unknown[], I extends number> =
  A[I] extends Expr<infer K, infer _N, infer _S>
    ? K extends NumberKind
      ? Widest<K | Extract<ExprKinds<A[number]>, NumberKind>> extends infer W extends Kind
        ? W extends 'decimal' | 'float64'
          ? W
          : K
        : K
      : K
    : [ExprKinds<A[number]>] extends [never]
      ? Extract<LiteralKinds<A[I]>, Kind>
      : Extract<FirstKind<A>, Kind>

/** What arithmetic gives: float64 beside a float64, decimal beside a decimal, else int64. */
type NumberOf<A extends readonly unknown[]> =
  Widest<Extract<ExprKinds<A[number]>, NumberKind>> extends infer W extends 'decimal' | 'float64'
    ? W
    : 'int64'

type ResultKind<D extends FunctionDefinition, A extends readonly unknown[]> = D['returns'] extends Kind
  ? D['returns']
  : D['returns'] extends number
    ? KindAt<A, D['returns']>
    : D['returns'] extends 'number'
      ? NumberOf<A>
      : Kind

/** An aggregate call: may be narrowed to some rows, to distinct values, or given an order. */
export interface AggregateExpr<K extends Kind = Kind, N extends boolean = boolean> extends Expr<
  K,
  N,
  'aggregate'
> {
  /** Only rows for which the condition is true. */
  filter(condition: Expr<'bool', boolean, 'row'>): AggregateExpr<K, N>
  /** Each distinct value once. */
  distinct(): AggregateExpr<K, N>
  /** The order of rows, for aggregates whose result depends on it. */
  orderBy(...order: readonly OrderItem[]): AggregateExpr<K, N>
}

/** An order by a column's name or an expression; NULL stands last unless said otherwise. */
export interface Order<T extends string | Expr<Kind, boolean, 'row'> = string | Expr<Kind, boolean, 'row'>> {
  readonly kind: 'order'
  readonly by: T
  readonly direction: 'asc' | 'desc'
  readonly nulls?: 'first' | 'last'
}

/** An order by an expression: the expression alone means ascending. */
export type OrderItem = Expr<Kind, boolean, 'row'> | Order<Expr<Kind, boolean, 'row'>>

type Result<D extends FunctionDefinition, K extends Kind, N extends boolean> = D['kind'] extends 'aggregate'
  ? AggregateExpr<K, N>
  : D['kind'] extends 'window'
    ? Expr<K, N, 'unwindowed'>
    : Expr<K, N, 'row'>

/** The TypeScript signature of a catalogue entry. */
export type SignatureOf<D extends FunctionDefinition> = <const A extends ArgsOf<D['params']>>(
  ...args: CheckedArgs<D, A>
) => Result<D, ResultKind<D, A>, ResultNull<D, A>>

/** The signatures of a whole catalogue. */
export type Signatures<C extends Readonly<Record<string, FunctionDefinition>>> = {
  readonly [N in keyof C]: SignatureOf<C[N]>
}
