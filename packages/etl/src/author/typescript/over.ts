import { callerLocation, type Diagnostic } from '../../base/errors.ts'
import { type Expr, makeExpr, rowResolution } from '../../function/expr.ts'
import { resolveWindow } from '../../function/resolve.ts'
import type { OrderItem } from '../../function/signature.ts'
import type { Expression, WindowFrame } from '../../plan/expression.ts'
import type { Kind } from '../../plan/type.ts'
import { sortKeys } from './sort-key.ts'

/** The rows a window call sees. */
export interface Window {
  /** Rows with equal values form one partition. Default: all rows. */
  readonly partition?: readonly Expr<Kind, boolean, 'row'>[]
  /** The order within the partition. */
  readonly order?: readonly OrderItem[]
  /** Rows around the current one: `null` is unbounded, 0 the current row, negative before it. */
  readonly frame?: WindowFrame
}

/** Gives a window function or an aggregate its window: `over(fn.rowNumber(), { partition: [c.id], order: [c.at] })`. */
export function over<K extends Kind, N extends boolean>(
  call: Expr<K, N, 'unwindowed' | 'aggregate'>,
  window: Window,
): Expr<K, N, 'window'> {
  const { state } = call
  if ('problems' in state) return makeExpr(state)
  const fail = (message: string): Expr<K, N, 'window'> => {
    const at = callerLocation()
    return makeExpr({
      problems: [
        { code: 'plan.type-mismatch', severity: 'error', message, ...(at === undefined ? {} : { at }) },
      ],
    })
  }
  if (!('pending' in state))
    return fail('over takes a window function or an aggregate, such as fn.rowNumber()')
  const { pending } = state
  if (pending.filter !== undefined || pending.distinct === true || pending.order !== undefined) {
    return fail(`${pending.function} over a window takes no filter, distinct or order of its own`)
  }
  const partition: Expression[] = []
  const problems: Diagnostic[] = []
  for (const by of window.partition ?? []) {
    const resolution = rowResolution(by)
    if ('problems' in resolution) problems.push(...resolution.problems)
    else partition.push(resolution.expression)
  }
  const order = sortKeys(window.order ?? [])
  if ('problems' in order) problems.push(...order.problems)
  if (problems.length > 0 || 'problems' in order) return makeExpr({ problems })
  const frame = window.frame === undefined ? {} : { frame: window.frame }
  const resolved = resolveWindow(pending.function, pending.args, { partition, order: order.keys, ...frame })
  return 'problem' in resolved ? fail(resolved.problem) : makeExpr(resolved)
}
