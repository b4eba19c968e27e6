import type { Diagnostic } from '../../base/errors.ts'
import type { Dialect } from '../../function/contract.ts'
import { refusedFunctions } from '../../function/print.ts'
import type { Expression } from '../../plan/expression.ts'
import { type Node, walkNode } from '../../plan/node.ts'
import type { LogicalType, Schema } from '../../plan/type.ts'

/** The expressions that a node evaluates. */
function expressionsOf(node: Node): readonly Expression[] {
  switch (node.kind) {
    case 'filter':
    case 'expect':
      return [node.predicate]
    case 'project':
    case 'window':
      return node.columns.map((c) => c.expression)
    case 'aggregate':
      return [...node.keys, ...node.aggregates].map((c) => c.expression)
    case 'pivot':
      return [node.aggregate]
    case 'sort':
    case 'dedupe':
      return node.order.map((k) => k.expression)
    case 'join': {
      const { range } = node
      return [
        ...node.on.flatMap((pair) => [pair.left, pair.right]),
        ...(node.residual === undefined ? [] : [node.residual]),
        ...(range === undefined ? [] : [range.left, range.from, range.to]),
      ]
    }
    default:
      return []
  }
}

/** Whether a type is or holds a kind. */
export function holdsKind(type: LogicalType, kinds: readonly LogicalType['kind'][]): boolean {
  if (kinds.includes(type.kind)) return true
  switch (type.kind) {
    case 'list':
      return holdsKind(type.element, kinds)
    case 'struct':
      return type.fields.some((f) => holdsKind(f.type, kinds))
    case 'map':
      return holdsKind(type.key, kinds) || holdsKind(type.value, kinds)
    default:
      return false
  }
}

const holding = (schema: Schema, ...kinds: LogicalType['kind'][]): string | undefined =>
  schema.find((f) => holdsKind(f.type, kinds))?.name

/** What of a node's own a dialect cannot run with the promised meaning: the thing and the reason; its functions apart. */
export function refusedNode(node: Node, dialect: Dialect): string | undefined {
  if (dialect === 'duckdb') return undefined
  const isNamed = dialect === 'postgres' && node.kind !== 'sql'
  const nested = isNamed ? holding(node.schema, 'map', 'struct') : undefined
  if (nested !== undefined)
    return `"${nested}": never: PostgreSQL has no maps, and no struct types without a name`
  switch (node.kind) {
    case 'apply':
      return 'apply: never: a TypeScript function runs in this process only'
    case 'sql':
      return `the query: never: ${node.reason}`
    case 'sort':
    case 'dedupe':
    case 'sessionize': {
      const map = holding(node.schema, 'map')
      return map === undefined
        ? undefined
        : `${node.kind}: not yet: rows that tie are ordered by all columns, and "${map}" holds a map, which has no order there`
    }
    default:
      return undefined
  }
}

/** All that a dialect refuses of a plan: nodes and functions, each with its reason. */
export function refusals(plan: Node, dialect: Dialect): readonly Diagnostic[] {
  const found = new Map<string, Diagnostic>()
  const add = (message: string): void => {
    found.set(message, {
      code: 'engine.refused',
      severity: 'error',
      message: `${dialect} refuses ${message}`,
    })
  }
  walkNode(plan, (node) => {
    const refused = refusedNode(node, dialect)
    if (refused !== undefined) add(refused)
    for (const expression of expressionsOf(node)) {
      for (const { function: name, refusal } of refusedFunctions(expression, dialect))
        add(`${name}: ${refusal.refused}: ${refusal.reason}`)
    }
  })
  return [...found.values()]
}
