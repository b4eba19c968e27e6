import { canonicalJson } from '../base/json.ts'
import type {
  AggregateExpression,
  CallExpression,
  Expression,
  SortKey,
  WindowFrame,
} from '../plan/expression.ts'
import { type LogicalType, typeName } from '../plan/type.ts'
import { findFunction } from './catalogue.ts'
import { type ArgInfo, type FunctionDefinition, integerKinds, type Param, type Resolved } from './contract.ts'

/** What the resolver tells a function of an argument expression. */
export function argInfo(e: Expression): ArgInfo {
  return { type: e.type, nullable: e.nullable, ...(e.kind === 'literal' ? { constant: e.value } : {}) }
}

function accepts(param: Param, type: LogicalType): boolean {
  if (param.accepts.includes(type.kind)) return true
  const widens = (integerKinds as readonly string[]).includes(type.kind)
  return widens && (param.accepts.includes('decimal') || param.accepts.includes('float64'))
}

function paramAt(definition: FunctionDefinition, index: number): Param | undefined {
  const last = definition.params.at(-1)
  return definition.params[index] ?? (last?.variadic === true ? last : undefined)
}

function problemWithArgs(definition: FunctionDefinition, args: readonly Expression[]): string | undefined {
  const required = definition.params.filter((p) => p.optional !== true).length
  const variadic = definition.params.at(-1)?.variadic === true
  if (args.length < required || (!variadic && args.length > definition.params.length)) {
    const wanted = variadic ? `at least ${required}` : String(required)
    return `${definition.name} takes ${wanted} argument(s), not ${args.length}`
  }
  for (const [index, arg] of args.entries()) {
    const param = paramAt(definition, index)
    if (param === undefined) continue
    if (!accepts(param, arg.type)) {
      return `${definition.name}: argument "${param.name}" is ${typeName(arg.type)}, expected ${param.accepts.join(', ')}`
    }
    if (param.constant === true && arg.kind !== 'literal') {
      return `${definition.name}: argument "${param.name}" must be a constant`
    }
  }
  return undefined
}

function nullableResult(definition: FunctionDefinition, args: readonly ArgInfo[]): boolean {
  const rule = definition.nulls
  if (rule === 'strict') return args.some((a) => a.nullable)
  if (rule === 'never') return false
  if (rule === 'always') return true
  return rule(args)
}

type Shape = { readonly type: LogicalType; readonly nullable: boolean } | { readonly problem: string }

function shapeOf(
  name: string,
  kinds: readonly FunctionDefinition['kind'][],
  args: readonly Expression[],
): Shape {
  const definition = findFunction(name)
  if (definition === undefined || !kinds.includes(definition.kind)) {
    return { problem: `there is no ${kinds[0]} function "${name}"` }
  }
  const problem = problemWithArgs(definition, args)
  if (problem !== undefined) return { problem }
  const infos = args.map(argInfo)
  const type = definition.type(infos)
  if (typeof type === 'string') return { problem: type }
  return { type, nullable: nullableResult(definition, infos) }
}

/** Types a call of a scalar function, or says in a sentence why it does not fit. */
export function resolveCall(name: string, args: readonly Expression[]): Resolved {
  const shape = shapeOf(name, ['scalar'], args)
  if ('problem' in shape) return shape
  return { expression: { kind: 'call', function: name, args, ...shape } satisfies CallExpression }
}

export interface AggregateOptions {
  readonly distinct?: boolean
  readonly filter?: Expression
  readonly order?: readonly SortKey[]
}

/** Types a call of an aggregate function. A function whose result depends on row order must be given `order`. */
export function resolveAggregate(
  name: string,
  args: readonly Expression[],
  options: AggregateOptions = {},
): Resolved {
  const shape = shapeOf(name, ['aggregate'], args)
  if ('problem' in shape) return shape
  if (findFunction(name)?.ordered === true && (options.order ?? []).length === 0) {
    return { problem: `${name} depends on the order of rows; give it an order` }
  }
  // Which of several equal values stands for them is open, so only the values themselves can order them.
  const values = args.map(canonicalJson)
  const foreign = (options.order ?? []).some((k) => !values.includes(canonicalJson(k.expression)))
  if (options.distinct === true && foreign) {
    return { problem: `${name} takes distinct values, so it can only be ordered by those values` }
  }
  return {
    expression: {
      kind: 'aggregate',
      function: name,
      args,
      ...options,
      ...shape,
    } satisfies AggregateExpression,
  }
}

export interface WindowOptions {
  readonly partition: readonly Expression[]
  readonly order: readonly SortKey[]
  readonly frame?: WindowFrame
}

/** Types a call of a window function, or of an aggregate over a window. */
export function resolveWindow(name: string, args: readonly Expression[], options: WindowOptions): Resolved {
  const shape = shapeOf(name, ['window', 'aggregate'], args)
  if ('problem' in shape) return shape
  const definition = findFunction(name)
  if (definition?.groupsOnly === true) return { problem: `${name} works over groups only, not over a window` }
  if (definition?.ordered === true && options.order.length === 0) {
    return { problem: `${name} depends on the order of rows; give the window an order` }
  }
  return { expression: { kind: 'window', function: name, args, ...options, ...shape } }
}
