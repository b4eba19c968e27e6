import type { Expression, LiteralValue } from '../plan/expression.ts'
import type { Kind, LogicalType } from '../plan/type.ts'

/** The engines and databases a function is printed for; `spark` is one text for Spark 3.5 and 4.1. */
export type Dialect = 'duckdb' | 'postgres' | 'spark'

/** Why a dialect cannot run a function with its one meaning: by nature (`never`) or for want of work (`not yet`). */
export interface Refusal {
  readonly refused: 'never' | 'not yet'
  readonly reason: string
  /**
   * How the call would be printed were it not refused. The conformance suite runs it (or, without it, the printing of the
   * first dialect that has one) for `not yet`, and demands that the mark go when every row comes out right.
   */
  readonly attempt?: Printer
}

export const never = (reason: string): Refusal => ({ refused: 'never', reason })
export const notYet = (reason: string, attempt?: Printer): Refusal => ({
  refused: 'not yet',
  reason,
  ...(attempt === undefined ? {} : { attempt }),
})

/** One parameter of a function. */
export interface Param {
  readonly name: string
  /** Kinds accepted; integers widen to decimal and float64 where those are accepted, nothing else converts. */
  readonly accepts: readonly Kind[]
  /** The argument must be a literal (formats, patterns, positions). */
  readonly constant?: true
  /** May be left out; only at the end. */
  readonly optional?: true
  /** Takes all remaining arguments (at least one); only at the end. */
  readonly variadic?: true
}

/** What a function is told of its arguments when its result type is asked. */
export interface ArgInfo {
  readonly type: LogicalType
  readonly nullable: boolean
  /** Present iff the argument is a literal. */
  readonly constant?: LiteralValue
}

/** One sort key as it is printed in the dialect. */
export interface PrintedSortKey {
  readonly sql: string
  readonly direction: 'asc' | 'desc'
  readonly nulls: 'first' | 'last'
}

/**
 * What surrounds the call of an aggregate or window function, already printed in the dialect. A printer of such a function
 * places all of it on the calls it makes: `aggregateCall` does.
 */
export interface CallModifiers {
  readonly distinct: boolean
  /** Sort keys inside the parentheses; absent when there are none. */
  readonly order?: string
  /** The same sort keys one by one, for dialects that have no ORDER BY inside the parentheses. */
  readonly keys?: readonly PrintedSortKey[]
  /** The predicate of FILTER. */
  readonly where?: string
  /** What stands in the parentheses of OVER; present iff the call is a window call. */
  readonly over?: string
}

/** What a printer is told besides the printed arguments: their types and literals, the result type, the surroundings. */
export interface PrintedCall {
  readonly args: readonly ArgInfo[]
  readonly type: LogicalType
  readonly modifiers: CallModifiers
}

/**
 * Prints a call. `args` are the arguments already printed in the dialect, each safe to embed (parenthesised as needed);
 * the result must be safe to embed too.
 */
export type Printer = (args: readonly string[], call: PrintedCall) => string

/** One row that every dialect must answer alike, or strictly refuse. */
export interface EdgeRow {
  /** Scalar: one literal per argument. Aggregate and window: one array per input row, in input order. */
  readonly in: readonly LiteralValue[] | readonly (readonly LiteralValue[])[]
  /** Scalar and aggregate: the value. Window: one value per input row. Absent when `fails`. */
  readonly out?: LiteralValue
  /** The call must raise a run-time error in every dialect. */
  readonly fails?: true
  /**
   * Aggregates and windows: the int32 sort key of each input row, for ties or another order than that of `in`. Null keys
   * stand last.
   */
  readonly order?: readonly (string | null)[]
}

/** Edge rows that share argument types. For windows and ordered aggregates, rows are ordered by the order of `in`. */
export interface EdgeGroup {
  readonly types: readonly LogicalType[]
  /** Aggregates and windows: values of the trailing constant arguments, which the rows of `in` leave out. */
  readonly constants?: readonly LiteralValue[]
  /** Scalars: positions that must be constants though the parameters cannot say so (every second one, for instance). */
  readonly constantArgs?: readonly number[]
  /** The result type that must be inferred for these argument types. */
  readonly result: LogicalType
  readonly rows: readonly EdgeRow[]
}

/**
 * An entry of the catalogue: one name, one typed signature, one written meaning, one print per dialect.
 *
 * Deterministic: the same arguments give the same result on every dialect that does not refuse.
 */
export interface FunctionDefinition {
  /** Lower snake case; the name in SQL and, in camel case, in TypeScript. */
  readonly name: string
  readonly kind: 'scalar' | 'aggregate' | 'window'
  readonly family: string
  /** The meaning, in full sentences: bounds, NULL, errors, ties. */
  readonly meaning: string
  readonly params: readonly Param[]
  /**
   * The kind of the result for TypeScript: a kind, the position of the argument whose kind it has, or `number`: float64
   * if an argument is float64, else decimal if one is, else int64; or `any`. The exact type comes from `type`.
   */
  readonly returns: Kind | number | 'number' | 'any'
  /** The exact result type, or a sentence that says why these arguments do not fit. */
  readonly type: (args: readonly ArgInfo[]) => LogicalType | string
  /** When the result can be NULL: `strict` iff an argument is; `never`; `always`; or computed from the arguments. */
  readonly nulls: 'strict' | 'never' | 'always' | ((args: readonly ArgInfo[]) => boolean)
  readonly print: Readonly<Record<Dialect, Printer | Refusal>>
  /** The order of rows decides the result: aggregate calls must carry `order`, window calls too. */
  readonly ordered?: true
  /** An aggregate that no window call may use (databases compute it over sorted groups only). */
  readonly groupsOnly?: true
  /** At least eight rows in all. */
  readonly edges: readonly EdgeGroup[]
}

/** Declares a catalogue entry; keeps literal types so that TypeScript signatures derive from the entry. */
export function defineFunction<const D extends FunctionDefinition>(definition: D): D {
  return definition
}

/** The kinds groups that signatures are written with. */
export const integerKinds = ['int8', 'int16', 'int32', 'int64', 'uint64'] as const
export const exactKinds = [...integerKinds, 'decimal'] as const
export const numberKinds = [...exactKinds, 'float64'] as const
export const comparableKinds = [
  ...numberKinds,
  'bool',
  'text',
  'bytes',
  'date',
  'time',
  'timestamp',
  'uuid',
] as const
export const anyKinds = [
  ...comparableKinds,
  'json',
  'list',
  'struct',
  'map',
] as const satisfies readonly Kind[]

/** A resolved call as the resolver returns it. */
export type Resolved = { readonly expression: Expression } | { readonly problem: string }
