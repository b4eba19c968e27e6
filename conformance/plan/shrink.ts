import {
  mapExpression,
  type Expression,
  type NamedExpression,
} from '../../packages/etl/src/plan/expression.ts'
import { columnsOf } from '../../packages/etl/src/plan/expression.ts'
import { inputsOf, type Node } from '../../packages/etl/src/plan/node.ts'
import { findField, sameType, type Schema } from '../../packages/etl/src/plan/type.ts'
import { literal } from '../../packages/etl/src/step/build.ts'
import type { Case } from './random-plan.ts'
import type { Table } from './random-table.ts'

/** Expressions of the same type that are simpler: NULL, and what is inside. */
function simpler(e: Expression): Expression[] {
  if (e.kind === 'column' || (e.kind === 'literal' && e.value === null)) return []
  const inside: Expression[] = []
  mapExpression(e, (child) => {
    if (child !== e && sameType(child.type, e.type) && (child.kind === 'call' || child.kind === 'column'))
      inside.push(child)
    return child
  })
  if (e.kind !== 'call') return []
  const args = e.args.flatMap((arg, i) =>
    simpler(arg).map((better): Expression => ({ ...e, args: e.args.with(i, better) })),
  )
  return [literal(null, e.type), ...inside.filter((c) => c.kind === 'column' || c.kind === 'call'), ...args]
}

/** Lists with one member left out or made simpler. */
function fewer(columns: readonly NamedExpression[]): NamedExpression[][] {
  const without = columns.length > 1 ? columns.map((_, i) => columns.toSpliced(i, 1)) : []
  const within = columns.flatMap((c, i) =>
    simpler(c.expression).map((expression) => columns.with(i, { ...c, expression })),
  )
  return [...without, ...within]
}

const named = (columns: readonly NamedExpression[], all: Schema): Schema =>
  all.filter((f) => columns.some((c) => c.name === f.name))

/** The node with its own parts made simpler; inputs stay. */
function simplerNode(node: Node): Node[] {
  switch (node.kind) {
    case 'filter':
      return simpler(node.predicate).map((predicate) => ({ ...node, predicate }))
    case 'project':
      return fewer(node.columns).map((columns) => ({ ...node, columns, schema: named(columns, node.schema) }))
    case 'aggregate': {
      const aggregates = fewer(node.aggregates).filter((list) =>
        list.every((c) => c.expression.kind === 'aggregate'),
      )
      const keys = node.sets === undefined ? node.keys.map((_, i) => node.keys.toSpliced(i, 1)) : []
      const kept = (columns: readonly NamedExpression[]): Schema =>
        node.schema.filter((f) => columns.some((c) => c.name === f.name) || f.name === node.sets?.as)
      return [
        ...aggregates.map((list) => ({ ...node, aggregates: list, schema: kept([...node.keys, ...list]) })),
        ...keys.map((list) => ({ ...node, keys: list, schema: kept([...list, ...node.aggregates]) })),
      ]
    }
    default:
      return []
  }
}

function withInput(node: Node, index: number, input: Node): Node {
  switch (node.kind) {
    case 'scan':
      return node
    case 'join':
      return index === 0 ? { ...node, left: input } : { ...node, right: input }
    case 'union':
      return { ...node, inputs: node.inputs.with(index, input) }
    case 'sql':
      return { ...node, inputs: node.inputs.map((i, at) => (at === index ? { ...i, node: input } : i)) }
    default:
      return { ...node, from: input }
  }
}

/** Simpler plans: a node is left out, or its parts are simpler. */
function simplerPlans(node: Node): Node[] {
  const inputs = inputsOf(node)
  return [
    ...inputs,
    ...simplerNode(node),
    ...inputs.flatMap((input, i) => simplerPlans(input).map((better) => withInput(node, i, better))),
  ]
}

const passing = new Set<Node['kind']>(['filter', 'expect', 'sort', 'limit', 'dedupe'])

/** Gives every node the schema that its inputs now have; undefined where a column that it reads is gone. */
function settled(node: Node): Node | undefined {
  let whole: Node = node
  for (const [i, input] of inputsOf(node).entries()) {
    const next = settled(input)
    if (next === undefined) return undefined
    whole = withInput(whole, i, next)
  }
  const [first] = inputsOf(whole)
  if (first === undefined) return whole
  const lost = inputsOf(node).flatMap((input) => input.schema.map((f) => f.name))
  const has = (name: string): boolean => inputsOf(whole).some((n) => findField(n.schema, name) !== undefined)
  const bare = whole.kind === 'join' && (whole.type === 'semi' || whole.type === 'anti')
  if (bare || passing.has(whole.kind)) whole = { ...whole, schema: first.schema } as Node
  else if (!['project', 'aggregate', 'pivot'].includes(whole.kind)) {
    const gone = new Set(lost.filter((name) => !has(name)))
    whole = { ...whole, schema: whole.schema.filter((f) => !gone.has(f.name)) } as Node
    for (const f of first.schema) {
      if (
        whole.kind !== 'unnest' &&
        whole.kind !== 'unpivot' &&
        findField(whole.schema, f.name) === undefined
      )
        return undefined
    }
  }
  return readsOf(whole).every(has) ? whole : undefined
}

/** The names of the input columns that a node reads, as far as they can be told. */
function readsOf(node: Node): readonly string[] {
  switch (node.kind) {
    case 'filter':
    case 'expect':
      return columnsOf(node.predicate)
    case 'project':
    case 'window':
      return node.columns.flatMap((c) => columnsOf(c.expression))
    case 'aggregate':
      return [...node.keys, ...node.aggregates].flatMap((c) => columnsOf(c.expression))
    case 'sort':
      return node.order.flatMap((k) => columnsOf(k.expression))
    case 'dedupe':
      return [...node.by, ...node.order.flatMap((k) => columnsOf(k.expression))]
    case 'join':
      return [
        ...node.on.flatMap((p) => [...columnsOf(p.left), ...columnsOf(p.right)]),
        ...node.keepRight.map((k) => k.column),
      ]
    case 'unnest':
      return [node.column]
    case 'pivot':
      return [...node.keys, node.on, ...columnsOf(node.aggregate)]
    case 'unpivot':
      return node.columns
    case 'sessionize':
      return [...node.by, node.at]
    case 'bucket':
      return [node.at]
    default:
      return []
  }
}

const inputNames = (node: Node): readonly string[] =>
  node.kind === 'scan' ? [node.input] : inputsOf(node).flatMap(inputNames)

type Rows = Table['rows']

function halves(rows: Rows): Rows[] {
  const half = Math.floor(rows.length / 2)
  return rows.length > 1 ? [rows.slice(0, half), rows.slice(half)] : []
}

const oneLess = (rows: Rows): Rows[] => rows.map((_, i) => rows.toSpliced(i, 1))

/** Cases that are simpler by one step, the boldest first: half the rows, then less of a plan, then a row less. */
function simplerCases({ plan, tables }: Case): Case[] {
  const plans = simplerPlans(plan).flatMap((p): Case[] => {
    const sound = settled(p)
    return sound === undefined
      ? []
      : [{ plan: sound, tables: tables.filter((t) => inputNames(sound).includes(t.name)) }]
  })
  const withRows = (cut: (rows: Rows) => Rows[]): Case[] =>
    tables.flatMap((t, i) =>
      cut(t.rows).map((rows): Case => ({ plan, tables: tables.with(i, { ...t, rows }) })),
    )
  return [...withRows(halves), ...plans, ...withRows(oneLess)]
}

/**
 * Reduces a failing case as long as something simpler fails too, trying at most `tries` cases. `fails` must be true only for
 * the failure that is looked for: a case that no engine takes is no reduction.
 */
export async function shrink(one: Case, fails: (c: Case) => Promise<boolean>, tries = 300): Promise<Case> {
  let best = one
  let left = tries
  for (;;) {
    let better: Case | undefined
    for (const candidate of simplerCases(best)) {
      if (left-- <= 0) return best
      if (await fails(candidate)) {
        better = candidate
        break
      }
    }
    if (better === undefined) return best
    best = better
  }
}
