import type { NamedExpression } from '../../packages/etl/src/plan/expression.ts'
import type { AggregateNode, JoinNode, Node } from '../../packages/etl/src/plan/node.ts'
import { field, findField, int64, sameType, text, timestamp } from '../../packages/etl/src/plan/type.ts'
import type { Field } from '../../packages/etl/src/plan/type.ts'
import { expectNode, filterNode, project, ref, withColumns } from '../../packages/etl/src/step/build.ts'
import { joinNode } from '../../packages/etl/src/step/join.ts'
import type { Random } from '../crash/random.ts'
import {
  aggregateCall,
  anyExpression,
  condition,
  inexactMark,
  isOrdered,
  pickFrom,
  sortKeys,
  windowCall,
} from './random-expression.ts'
import { randomTable, scanOf, type Table } from './random-table.ts'
import { aggregates, inexact, windows } from './signature.ts'

/** A plan and the relations that its scans read. */
export interface Case {
  readonly plan: Node
  readonly tables: readonly Table[]
}

interface Growth {
  plan: Node
  readonly tables: Table[]
  columns: number
  readonly random: Random
}

const isExact = (f: Field): boolean => !f.name.startsWith(inexactMark)
const isKey = (f: Field): boolean => isExact(f) && isOrdered(f) && f.type.kind !== 'float64'

function newName(g: Growth, isInexact = false): string {
  return `${isInexact ? inexactMark : ''}n${++g.columns}`
}

function named(g: Growth, expression: NamedExpression['expression'], functionName: string): NamedExpression {
  return { name: newName(g, inexact.has(functionName)), expression }
}

/** Whether some call inside reads the result of an inexact function. */
const callsInexact = (e: NamedExpression['expression'], top = true): boolean =>
  ('function' in e && !top && inexact.has(e.function)) ||
  ('args' in e && e.args.some((a) => callsInexact(a, false)))

function derived(g: Growth): readonly NamedExpression[] {
  for (;;) {
    const found = anyExpression(g.plan.schema, g.random)
    if (found === undefined) return []
    if (!callsInexact(found.expression)) return [named(g, found.expression, found.signature.definition.name)]
  }
}

function filtered(g: Growth): Node {
  for (;;) {
    const predicate = condition(g.plan.schema, g.random)
    if (callsInexact(predicate, false)) continue
    if (g.random.chance(0.8)) return filterNode(g.plan, predicate)
    return expectNode(g.plan, { rule: 'rule', reason: 'reason', predicate, blame: [] })
  }
}

function projected(g: Growth): Node | undefined {
  const kept = g.plan.schema
    .filter(() => g.random.chance(0.8))
    .map((f) => ({ name: f.name, expression: ref(f) }))
  const added = Array.from({ length: 1 + g.random.below(3) }, () => derived(g)).flat()
  if (added.length === 0) return undefined
  return g.random.chance(0.5) ? withColumns(g.plan, added) : project(g.plan, [...kept, ...added])
}

function grouped(g: Growth): Node | undefined {
  const { random, plan } = g
  const keys = plan.schema.filter((f) => isKey(f) && random.chance(0.3)).slice(0, 3)
  const calls: NamedExpression[] = []
  for (let n = 1 + random.below(3); n > 0; n--) {
    const s = pickFrom(aggregates, random)
    const call = s && aggregateCall(s, plan.schema, random)
    if (s !== undefined && call !== undefined && !callsInexact(call))
      calls.push(named(g, call, s.definition.name))
  }
  if (calls.length === 0) return undefined
  const output = [...keys.map((f) => ({ name: f.name, expression: ref(f) })), ...calls]
  const schema = output.map((c) => field(c.name, c.expression.type))
  const node = {
    kind: 'aggregate',
    from: plan,
    keys: output.slice(0, keys.length),
    aggregates: calls,
  } as const
  if (keys.length === 0 || random.chance(0.85)) return { ...node, schema } satisfies AggregateNode
  const as = newName(g)
  const groups = [keys.map((_, i) => i), keys.slice(0, 1).map((_, i) => i), []]
  return { ...node, sets: { groups, as }, schema: [...schema, field(as, int64)] }
}

function windowed(g: Growth): Node | undefined {
  const { random, plan } = g
  if (!plan.schema.every((f) => isOrdered(f) && isExact(f))) return undefined
  const s = pickFrom(
    random.chance(0.7) ? windows : aggregates.filter((a) => a.definition.groupsOnly !== true),
    random,
  )
  const call = s && windowCall(s, plan.schema, random)
  if (s === undefined || call === undefined || callsInexact(call)) return undefined
  const column = named(g, call, s.definition.name)
  return {
    kind: 'window',
    from: plan,
    columns: [column],
    schema: [...plan.schema, field(column.name, call.type)],
  }
}

function otherTable(g: Growth, types: Parameters<typeof randomTable>[1]): Table {
  const table = randomTable(String.fromCodePoint(97 + g.tables.length), types, g.random)
  g.tables.push(table)
  return table
}

function joined(g: Growth): Node | undefined {
  const { random, plan } = g
  const key = pickFrom(plan.schema.filter(isKey), random)
  if (key === undefined) return undefined
  const right = scanOf(otherTable(g, [key.type]))
  const type = random.pick<JoinNode['type']>(['inner', 'left', 'full', 'semi', 'anti'])
  const bare = type === 'semi' || type === 'anti'
  const keep = bare ? [] : right.schema.map((f) => ({ column: f.name, as: newName(g) }))
  const pairs = [{ left: key, right: right.schema[0] ?? key }]
  return joinNode(plan, right, { type, pairs, keep })
}

function united(g: Growth): Node {
  const others = scanOf(
    otherTable(
      g,
      g.plan.schema.slice(0, 2).map((f) => f.type),
    ),
  )
  const inputs: readonly Node[] = [
    g.plan,
    project(
      others,
      others.schema.map((f, i) => ({
        name: g.plan.schema[i] && i < 2 ? g.plan.schema[i].name : f.name,
        expression: ref(f),
      })),
    ),
  ]
  const fields: Field[] = []
  for (const f of inputs.flatMap((n) => n.schema)) {
    if (findField(fields, f.name) === undefined) fields.push({ ...f, nullable: true })
  }
  return { kind: 'union', inputs, schema: fields }
}

function limited(g: Growth): Node | undefined {
  const { plan, random } = g
  if (!plan.schema.every((f) => isExact(f) && isOrdered(f))) return undefined
  const sorted: Node = {
    kind: 'sort',
    from: plan,
    order: sortKeys(plan.schema, false, random),
    schema: plan.schema,
  }
  return { kind: 'limit', from: sorted, count: random.below(6), offset: random.below(3), schema: plan.schema }
}

function unnested(g: Growth): Node | undefined {
  const { plan, random } = g
  const list = pickFrom(
    plan.schema.filter((f) => f.type.kind === 'list'),
    random,
  )
  if (list?.type.kind !== 'list') return undefined
  const as = newName(g)
  const position = random.chance(0.5) ? newName(g) : undefined
  const element = field(as, list.type.element)
  const schema = [
    ...plan.schema.map((f) => (f === list ? element : f)),
    ...(position === undefined ? [] : [field(position, int64)]),
  ]
  const place = position === undefined ? {} : { position }
  return {
    kind: 'unnest',
    from: plan,
    column: list.name,
    as,
    keepEmpty: random.chance(0.5),
    ...place,
    schema,
  }
}

function unpivoted(g: Growth): Node | undefined {
  const { plan, random } = g
  const first = pickFrom(plan.schema.filter(isExact), random)
  if (first === undefined) return undefined
  const columns = plan.schema.filter((f) => isExact(f) && sameType(f.type, first.type))
  const [nameTo, valueTo] = [newName(g), newName(g)]
  const rest = plan.schema.filter((f) => !columns.includes(f))
  return {
    kind: 'unpivot',
    from: plan,
    columns: columns.map((f) => f.name),
    nameTo,
    valueTo,
    keepNulls: random.chance(0.5),
    schema: [...rest, field(nameTo, text, false), field(valueTo, first.type)],
  }
}

function pivoted(g: Growth): Node | undefined {
  const { plan, random } = g
  const on = pickFrom(
    plan.schema.filter((f) => isExact(f) && f.type.kind === 'text'),
    random,
  )
  const s = pickFrom(
    aggregates.filter((a) => a.definition.ordered !== true),
    random,
  )
  const call = s && aggregateCall(s, plan.schema, random)
  if (on === undefined || call?.kind !== 'aggregate' || inexact.has(call.function) || callsInexact(call))
    return undefined
  const keys = plan.schema.filter((f) => isKey(f) && f !== on && random.chance(0.3)).slice(0, 2)
  const values = ['a', '', '10'].map((value) => ({ value, as: newName(g) }))
  return {
    kind: 'pivot',
    from: plan,
    keys: keys.map((f) => f.name),
    on: on.name,
    values,
    aggregate: call,
    schema: [...keys, ...values.map((v) => field(v.as, call.type))],
  }
}

function deduplicated(g: Growth): Node | undefined {
  const { plan, random } = g
  const by = plan.schema.filter(isKey).slice(0, 1 + random.below(2))
  if (by.length === 0 || !plan.schema.every(isExact)) return undefined
  const order = sortKeys(plan.schema, false, random)
  return { kind: 'dedupe', from: plan, by: by.map((f) => f.name), order, schema: plan.schema }
}

function timed(g: Growth): Node | undefined {
  const { plan, random } = g
  const at = pickFrom(
    plan.schema.filter((f) => isExact(f) && sameType(f.type, timestamp)),
    random,
  )
  if (at === undefined) return undefined
  const [as, startAs] = [newName(g), newName(g)]
  const widthMs = random.pick([1, 1000, 900_000, 86_400_000, 604_800_000])
  if (random.chance(0.5))
    return {
      kind: 'bucket',
      from: plan,
      at: at.name,
      widthMs,
      as,
      schema: [...plan.schema, field(as, timestamp)],
    }
  const by = plan.schema.filter((f) => isKey(f) && f !== at).slice(0, 1)
  if (by.length === 0 || !plan.schema.every(isExact)) return undefined
  const schema = [...plan.schema, field(as, int64), field(startAs, timestamp)]
  return {
    kind: 'sessionize',
    from: plan,
    by: by.map((f) => f.name),
    at: at.name,
    gapMs: widthMs,
    as,
    startAs,
    schema,
  }
}

const growths = [
  filtered,
  filtered,
  projected,
  projected,
  projected,
  grouped,
  grouped,
  windowed,
  windowed,
  joined,
  joined,
  united,
  limited,
  unnested,
  unpivoted,
  pivoted,
  deduplicated,
  timed,
] as const

/** A typed plan of 1 to 5 nodes over one or more small tables of hostile values. */
export function randomCase(random: Random): Case {
  const table = randomTable('a', [], random)
  const g: Growth = { plan: scanOf(table), tables: [table], columns: 0, random }
  const size = 1 + random.below(5)
  for (let n = 0; n < size;) {
    const grow = pickFrom(growths, random) ?? projected
    const next = grow(g)
    if (next === undefined) continue
    g.plan = next
    n++
  }
  return { plan: g.plan, tables: g.tables }
}
