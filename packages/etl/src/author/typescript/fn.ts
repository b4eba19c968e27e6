import { callerLocation, type Diagnostic } from '../../base/errors.ts'
import { catalogue } from '../../function/catalogue.ts'
import type { FunctionDefinition, Param } from '../../function/contract.ts'
import { type Expr, isExpr, makeExpr, type PendingCall, rowResolution } from '../../function/expr.ts'
import { literalFor } from '../../function/literal.ts'
import { resolveCall } from '../../function/resolve.ts'
import type { AggregateExpr, Argument, JsLiteral, OrderItem, Signatures } from '../../function/signature.ts'
import type { Expression } from '../../plan/expression.ts'
import type { LogicalType } from '../../plan/type.ts'
import { sortKeys } from './sort-key.ts'

const mismatch = (message: string): Diagnostic => {
  const at = callerLocation()
  return { code: 'plan.type-mismatch', severity: 'error', message, ...(at === undefined ? {} : { at }) }
}

const paramAt = (definition: FunctionDefinition, index: number): Param | undefined =>
  definition.params[index] ??
  (definition.params.at(-1)?.variadic === true ? definition.params.at(-1) : undefined)

const sameGroup = (a: Param | undefined, b: Param | undefined): boolean =>
  a !== undefined &&
  b !== undefined &&
  a.accepts.length === b.accepts.length &&
  a.accepts.every((k) => b.accepts.includes(k))

/** The arguments as typed expressions: literals take the type of the first expression of their group of parameters. */
function typedArgs(
  definition: FunctionDefinition,
  args: readonly Argument[],
): { readonly args: Expression[] } | { readonly problems: Diagnostic[] } {
  const problems: Diagnostic[] = []
  const typed: (Expression | undefined)[] = args.map((arg) => {
    if (!isExpr(arg)) return undefined
    const resolution = rowResolution(arg)
    if ('expression' in resolution) return resolution.expression
    problems.push(
      ...resolution.problems.map((p) => (p.at === undefined ? { ...mismatch(p.message), ...p } : p)),
    )
    return undefined
  })
  if (problems.length > 0) return { problems }
  const peerOf = (index: number): LogicalType | undefined =>
    typed.find((e, i) => e !== undefined && sameGroup(paramAt(definition, i), paramAt(definition, index)))
      ?.type
  const complete = args.map((arg, index): Expression | undefined => {
    const done = typed[index]
    if (done !== undefined) return done
    const param = paramAt(definition, index)
    const literal = literalFor(arg as JsLiteral, param?.accepts ?? ['text'], peerOf(index))
    if (typeof literal !== 'string') return literal
    problems.push(mismatch(`${definition.name}: argument "${param?.name ?? index + 1}": ${literal}`))
    return undefined
  })
  return problems.length > 0 ? { problems } : { args: complete.filter((e) => e !== undefined) }
}

function aggregateExpr(pending: PendingCall): AggregateExpr {
  const change = (more: Partial<PendingCall>): AggregateExpr => aggregateExpr({ ...pending, ...more })
  const failed = (problems: readonly Diagnostic[]): AggregateExpr => broken(problems)
  const methods = {
    filter: (condition: Expr): AggregateExpr => {
      const resolution = rowResolution(condition)
      return 'problems' in resolution
        ? failed(resolution.problems)
        : change({ filter: resolution.expression })
    },
    distinct: (): AggregateExpr => change({ distinct: true }),
    orderBy: (...order: readonly OrderItem[]): AggregateExpr => {
      const keys = sortKeys(order)
      return 'problems' in keys ? failed(keys.problems) : change({ order: keys.keys })
    },
  }
  return Object.freeze({ kind: 'expr', state: { pending }, ...methods }) as unknown as AggregateExpr
}

function broken(problems: readonly Diagnostic[]): AggregateExpr {
  const self = {
    kind: 'expr',
    state: { problems },
    filter: () => self,
    distinct: () => self,
    orderBy: () => self,
  }
  return Object.freeze(self) as unknown as AggregateExpr
}

function callOf(definition: FunctionDefinition): (...args: readonly Argument[]) => Expr {
  return (...given) => {
    const last = given.findLastIndex((a) => a !== undefined)
    const typed = typedArgs(definition, given.slice(0, last + 1))
    if ('problems' in typed) return broken(typed.problems)
    if (definition.kind === 'aggregate') {
      return aggregateExpr({ kind: 'aggregate', function: definition.name, args: typed.args })
    }
    if (definition.kind === 'window') {
      return makeExpr({ pending: { kind: 'window', function: definition.name, args: typed.args } })
    }
    const resolved = resolveCall(definition.name, typed.args)
    return 'problem' in resolved ? broken([mismatch(resolved.problem)]) : makeExpr(resolved)
  }
}

/**
 * The functions of the catalogue as TypeScript functions over columns and plain values: `fn.upper(c.name)`,
 * `fn.gt(c.quantity, 0)`, `fn.sum(c.amount).filter(fn.eq(c.state, 'paid'))`.
 *
 * A plain value takes the type of the argument it stands beside; decimals may be written as text (`'0.19'`) to keep
 * every digit. A call that does not fit is a compile error with a sentence, and at run time a diagnostic of the table.
 */
export const fn: Signatures<typeof catalogue> = Object.freeze(
  Object.fromEntries(
    Object.entries(catalogue as Record<string, FunctionDefinition>).map(([key, d]) => [key, callOf(d)]),
  ),
) as unknown as Signatures<typeof catalogue>
