import type { Columns } from '../plan/columns.ts'
import type { JoinNode, Node } from '../plan/node.ts'
import { type Field, field, findField, int64, type LogicalType, text, typeName } from '../plan/type.ts'
import { call, fail, fieldOf, fieldsOf, invalid, mismatch, project, ref, uniqueNames } from './build.ts'
import { defineStep, makeStep, type Relation, type Step } from './contract.ts'
import type { Joined, JoinKeys, KeepOptions, OtherThan } from './join-typed.ts'

export type JoinType = 'inner' | 'left' | 'full' | 'semi' | 'anti'

export interface JoinOptions {
  readonly type?: JoinType
  /** Names that both sides have, or pairs [this side, other side]. */
  readonly on: readonly (string | readonly [string, string])[]
  readonly keep?: readonly string[]
  readonly prefix?: string
}

const exact = ['int8', 'int16', 'int32', 'int64', 'uint64', 'decimal']

function comparable(a: LogicalType, b: LogicalType): boolean {
  return a.kind === b.kind || (exact.includes(a.kind) && exact.includes(b.kind))
}

/** Pairs of key fields whose values can be compared; fails otherwise. */
export function keyPairs(left: Node, right: Node, on: JoinOptions['on']): { left: Field; right: Field }[] {
  return on.map((key) => {
    const [a, b] = typeof key === 'string' ? [key, key] : key
    const pair = { left: fieldOf(left, a), right: fieldOf(right, b) }
    if (!comparable(pair.left.type, pair.right.type)) {
      throw fail(
        mismatch(
          `key "${a}" is ${typeName(pair.left.type)} here and ${typeName(pair.right.type)} on the other side`,
          'cast one of them first',
        ),
      )
    }
    return pair
  })
}

/** The node of a join; `loose` are the sides whose columns may be NULL for want of a partner. */
export function joinNode(
  left: Node,
  right: Node,
  options: {
    readonly type: JoinNode['type']
    readonly pairs: readonly { readonly left: Field; readonly right: Field }[]
    readonly keep: readonly { readonly column: string; readonly as: string }[]
    readonly range?: JoinNode['range']
  },
): JoinNode {
  const { type, pairs, keep, range } = options
  const looseLeft = type === 'full'
  const looseRight = type !== 'inner'
  const kept = keep.map(({ column, as }): Field => {
    const found = fieldOf(right, column)
    return { name: as, type: found.type, nullable: found.nullable || looseRight }
  })
  const schema = [...left.schema.map((f) => ({ ...f, nullable: f.nullable || looseLeft })), ...kept]
  uniqueNames(schema.map((f) => f.name))
  const on = pairs.map((p) => ({ left: ref(p.left), right: ref(p.right) }))
  return Object.freeze({
    kind: 'join',
    type,
    left,
    right,
    on,
    ...(range ? { range } : {}),
    keepRight: keep,
    schema,
  })
}

/** Which columns of the other side a join takes, and their names in the result. */
export function keptColumns(
  right: Node,
  keys: readonly string[],
  { keep, prefix = '' }: { readonly keep?: readonly string[]; readonly prefix?: string },
): { column: string; as: string }[] {
  const names = keep ?? right.schema.map((f) => f.name).filter((n) => !keys.includes(n))
  const fields = names.length === 0 ? [] : fieldsOf(right, names, '`keep`')
  return fields.map((f) => ({ column: f.name, as: `${prefix}${f.name}` }))
}

/** A full join whose keys are those of either side. */
function fullJoin(
  left: Node,
  right: Node,
  pairs: ReturnType<typeof keyPairs>,
  keep: ReturnType<typeof keptColumns>,
): Node {
  const keys = pairs.map((p, i) => ({ ...p, as: `other_key_${i + 1}` }))
  const joined = joinNode(left, right, {
    type: 'full',
    pairs,
    keep: [...keep, ...keys.map((k) => ({ column: k.right.name, as: k.as }))],
  })
  const either = new Map(keys.map((k) => [k.left.name, k.as]))
  const extra = new Set(keys.map((k) => k.as))
  return project(
    joined,
    joined.schema
      .filter((f) => !extra.has(f.name))
      .map((f) => {
        const other = either.get(f.name)
        const found = other === undefined ? undefined : findField(joined.schema, other)
        return {
          name: f.name,
          expression: found === undefined ? ref(f) : call('coalesce', ref(f), ref(found)),
        }
      }),
  )
}

const orders = [field('order_id', int64, false), field('customer_id', int64)]
const customers = [field('customer_id', int64, false), field('name', text, false)]
const input = {
  columns: orders,
  rows: [
    ['1', '10'],
    ['2', '11'],
    ['3', null],
  ],
}
const other = {
  columns: customers,
  rows: [
    ['10', 'ann'],
    ['12', 'bob'],
  ],
}

/** Joins another relation on equal keys. */
export const joinStep = defineStep<JoinOptions>({
  name: 'join',
  summary: 'Join another table on equal keys.',
  meaning:
    'NULL equals nothing. `inner` keeps pairs; `left` keeps all rows of this side; `full` keeps all rows of both and takes a key from the side that has it; ' +
    '`semi` keeps rows of this side that have a partner, `anti` those that have none. Every pair of partners gives a row; use `lookup` where at most one partner may exist.',
  options: {
    type: {
      takes: "'inner' | 'left' | 'full' | 'semi' | 'anti'",
      meaning: 'Which rows stay.',
      default: 'inner',
    },
    on: {
      takes: 'names or pairs of names',
      meaning: 'The columns that must be equal: [this side, other side].',
    },
    keep: {
      takes: 'columns of the other side',
      meaning: 'What to take from it.',
      default: 'all but its keys',
    },
    prefix: { takes: 'text', meaning: 'Put before the names taken.', default: 'nothing' },
  },
  lower: (left, { type = 'inner', on, ...taken }, [right]) => {
    if (right === undefined) return [invalid('join needs another table')]
    if (on.length === 0) return [invalid('join needs at least one key in `on`')]
    const pairs = keyPairs(left, right, on)
    if (type === 'semi' || type === 'anti') return joinNode(left, right, { type, pairs, keep: [] })
    const keep = keptColumns(
      right,
      pairs.map((p) => p.right.name),
      taken,
    )
    return type === 'full' ? fullJoin(left, right, pairs, keep) : joinNode(left, right, { type, pairs, keep })
  },
  examples: () => [
    {
      title: 'Inner: rows with a partner',
      in: input,
      others: [other],
      options: { on: ['customer_id'] },
      out: { columns: [...orders, field('name', text, false)], rows: [['1', '10', 'ann']] },
    },
    {
      title: 'Left: all rows of this side',
      in: input,
      others: [other],
      options: { type: 'left', on: ['customer_id'], prefix: 'customer_' },
      out: {
        columns: [...orders, field('customer_name', text)],
        rows: [
          ['1', '10', 'ann'],
          ['2', '11', null],
          ['3', null, null],
        ],
      },
    },
    {
      title: 'Full: all rows of both sides',
      in: input,
      others: [other],
      options: { type: 'full', on: ['customer_id'] },
      out: {
        columns: [field('order_id', int64), field('customer_id', int64), field('name', text)],
        rows: [
          ['1', '10', 'ann'],
          ['2', '11', null],
          ['3', null, null],
          [null, '12', 'bob'],
        ],
      },
    },
    {
      title: 'Anti: rows without a partner',
      in: input,
      others: [other],
      options: { type: 'anti', on: [['customer_id', 'customer_id']] },
      out: {
        columns: orders,
        rows: [
          ['2', '11'],
          ['3', null],
        ],
      },
    },
  ],
})

type Out<
  L extends Columns,
  R extends Columns,
  K extends string,
  P extends string,
  T extends JoinType,
> = T extends 'semi' | 'anti'
  ? L
  : Joined<L, R, K, P, T extends 'full' ? true : false, T extends 'inner' ? false : true>

/** Joins another table: `join(customers, { type: 'left', on: ['customer_id'], keep: ['name'] })`. */
export function join<
  L extends Columns,
  R extends Columns,
  const N extends string = never,
  const A extends string = never,
  const B extends string = never,
  const K extends string = OtherThan<R, N | B>,
  const P extends string = '',
  const T extends JoinType = 'inner',
>(
  other: Relation<R>,
  options: { readonly type?: T; readonly on: JoinKeys<L, R, N, A, B> } & KeepOptions<R, K, P>,
): Step<L, Out<L, R, K, P, T>> {
  return makeStep(joinStep, options as JoinOptions, { others: [other] })
}
