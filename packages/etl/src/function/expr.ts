import type { Diagnostic } from '../base/errors.ts'
import type { Columns } from '../plan/columns.ts'
import type { Expression, SortKey } from '../plan/expression.ts'
import type { Kind } from '../plan/type.ts'
import { resolveAggregate } from './resolve.ts'

/**
 * Where an expression may stand: `row` anywhere a value of one row is meant, `aggregate` only in an aggregate step,
 * `window` only in a window step, `unwindowed` nowhere before `over` gives it a window.
 */
export type Scope = 'row' | 'aggregate' | 'window' | 'unwindowed'

/** A call that is typed only when its place is known: an aggregate, or a window function that waits for its window. */
export interface PendingCall {
  readonly kind: 'aggregate' | 'window'
  readonly function: string
  readonly args: readonly Expression[]
  readonly distinct?: true
  readonly filter?: Expression
  readonly order?: readonly SortKey[]
}

/** What an expression value holds: the typed tree, a call that waits for its place, or what is wrong with it. */
export type ExprState =
  | { readonly expression: Expression }
  | { readonly pending: PendingCall }
  | { readonly problems: readonly Diagnostic[] }

declare const typing: unique symbol

/** A typed expression as users write it: of kind `K`, NULL only if `N`, to stand where `S` says. A frozen value. */
export interface Expr<K extends Kind = Kind, N extends boolean = boolean, S extends Scope = Scope> {
  readonly kind: 'expr'
  readonly state: ExprState
  /** Exists for TypeScript only. */
  readonly [typing]: { readonly kind: K; readonly nullable: N; readonly scope: S }
}

/** The columns of a relation as expressions, by name. */
export type Refs<C extends Columns> = {
  readonly [N in keyof C]: Expr<C[N]['kind'], C[N]['nullable'], 'row'>
}

/** Wraps a state as an expression value. */
export function makeExpr<K extends Kind, N extends boolean, S extends Scope>(
  state: ExprState,
): Expr<K, N, S> {
  return Object.freeze({ kind: 'expr', state }) as Expr<K, N, S>
}

/** Recognises an expression value at run time. */
export function isExpr(value: unknown): value is Expr {
  return typeof value === 'object' && value !== null && (value as { kind?: unknown }).kind === 'expr'
}

/** A typed expression, or what is wrong with it. */
export type Resolution = { readonly expression: Expression } | { readonly problems: readonly Diagnostic[] }

const wrong = (message: string): Resolution => ({
  problems: [{ code: 'plan.type-mismatch', severity: 'error', message }],
})

/** The expression of a value of one row; aggregates and window calls do not fit there. */
export function rowResolution(expr: Expr): Resolution {
  const { state } = expr
  if ('problems' in state) return state
  if ('pending' in state)
    return wrong(`${state.pending.function} belongs in an aggregate or window step, not here`)
  if (state.expression.kind === 'window') {
    return wrong(`${state.expression.function} over a window belongs in a window step, not here`)
  }
  return state
}

/** The expression of an aggregate call. */
export function aggregateResolution(expr: Expr): Resolution {
  const { state } = expr
  if ('problems' in state) return state
  if (!('pending' in state) || state.pending.kind !== 'aggregate') {
    return wrong(
      'an aggregate step takes aggregate calls such as fn.sum(c.amount); other columns belong in `by`',
    )
  }
  const { function: name, args, distinct, filter, order } = state.pending
  const resolved = resolveAggregate(name, args, {
    ...(distinct === undefined ? {} : { distinct }),
    ...(filter === undefined ? {} : { filter }),
    ...(order === undefined ? {} : { order }),
  })
  return 'problem' in resolved ? wrong(resolved.problem) : resolved
}

/** The expression of a call that was given a window. */
export function windowResolution(expr: Expr): Resolution {
  const { state } = expr
  if ('problems' in state) return state
  if (!('expression' in state) || state.expression.kind !== 'window') {
    return wrong('a window step takes calls with a window, such as over(fn.rowNumber(), { order: [c.at] })')
  }
  return state
}
