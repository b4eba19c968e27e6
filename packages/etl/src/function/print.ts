import { EtlError } from '../base/errors.ts'
import type { Expression, SortKey, WindowFrame } from '../plan/expression.ts'
import { walkExpression } from '../plan/expression.ts'
import { findFunction } from './catalogue.ts'
import type { CallModifiers, Dialect, PrintedSortKey, Refusal } from './contract.ts'
import { nameQuoting, sqlLiteral } from './dialect.ts'
import { argInfo } from './resolve.ts'

/** The functions of an expression that a dialect refuses, with the reasons. */
export function refusedFunctions(
  expression: Expression,
  dialect: Dialect,
): { readonly function: string; readonly refusal: Refusal }[] {
  const found: { function: string; refusal: Refusal }[] = []
  walkExpression(expression, (e) => {
    if (e.kind === 'column' || e.kind === 'literal') return
    const print = findFunction(e.function)?.print[dialect]
    if (print !== undefined && typeof print !== 'function')
      found.push({ function: e.function, refusal: print })
  })
  return found
}

function printFunction(
  e: Exclude<Expression, { kind: 'column' | 'literal' }>,
  dialect: Dialect,
  column: (name: string) => string,
): string {
  const print = findFunction(e.function)?.print[dialect]
  if (print === undefined) throw new EtlError('plan.unknown-function', `there is no function "${e.function}"`)
  if (typeof print !== 'function') {
    throw new EtlError('engine.refused', `${dialect} refuses ${e.function}: ${print.reason}`)
  }
  return print(
    e.args.map((a) => printExpression(a, dialect, column)),
    { args: e.args.map(argInfo), type: e.type, modifiers: printModifiers(e, dialect, column) },
  )
}

/** Prints one sort key with its explicit null order. Text orders by code point in every dialect. */
export function printSortKey(
  key: SortKey,
  dialect: Dialect,
  column: (name: string) => string = nameQuoting[dialect],
): string {
  const collate = dialect === 'postgres' && key.expression.type.kind === 'text' ? ' COLLATE "C"' : ''
  const value = printExpression(key.expression, dialect, column)
  return `${value}${collate} ${key.direction === 'asc' ? 'ASC' : 'DESC'} NULLS ${key.nulls === 'first' ? 'FIRST' : 'LAST'}`
}

function printFrame(frame: WindowFrame): string {
  const bound = (n: number | null, unbounded: string): string => {
    if (n === null) return unbounded
    if (n === 0) return 'CURRENT ROW'
    return n < 0 ? `${-n} PRECEDING` : `${n} FOLLOWING`
  }
  return `ROWS BETWEEN ${bound(frame.from, 'UNBOUNDED PRECEDING')} AND ${bound(frame.to, 'UNBOUNDED FOLLOWING')}`
}

/** Prints what surrounds the call of an aggregate or window function. */
export function printModifiers(
  e: Expression,
  dialect: Dialect,
  column: (name: string) => string = nameQuoting[dialect],
): CallModifiers {
  const keys = (order: readonly SortKey[]): string =>
    order.map((k) => printSortKey(k, dialect, column)).join(', ')
  const key = ({ expression, direction, nulls }: SortKey): PrintedSortKey => {
    return { sql: printExpression(expression, dialect, column), direction, nulls }
  }
  if (e.kind === 'aggregate') {
    const order = e.order ?? []
    return {
      distinct: e.distinct === true,
      ...(order.length === 0 ? {} : { order: keys(order), keys: order.map(key) }),
      ...(e.filter === undefined ? {} : { where: printExpression(e.filter, dialect, column) }),
    }
  }
  if (e.kind !== 'window') return { distinct: false }
  const parts: string[] = []
  if (e.partition.length > 0) {
    parts.push(`PARTITION BY ${e.partition.map((p) => printExpression(p, dialect, column)).join(', ')}`)
  }
  if (e.order.length > 0) parts.push(`ORDER BY ${keys(e.order)}`)
  if (e.frame !== undefined) parts.push(printFrame(e.frame))
  return { distinct: false, over: parts.join(' ') }
}

/**
 * Prints an expression as SQL of a dialect.
 *
 * `column` prints a column reference (default: the quoted name). Fails with `engine.refused` when the dialect refuses a
 * function; ask `refusedFunctions` first to report all of them.
 */
export function printExpression(
  expression: Expression,
  dialect: Dialect,
  column: (name: string) => string = nameQuoting[dialect],
): string {
  switch (expression.kind) {
    case 'column':
      return column(expression.name)
    case 'literal':
      return sqlLiteral(expression.value, expression.type, dialect)
    case 'call':
    case 'aggregate':
    case 'window':
      return printFunction(expression, dialect, column)
  }
}
