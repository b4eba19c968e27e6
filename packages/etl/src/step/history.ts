import { comparableKinds } from '../function/contract.ts'
import type { Column, ColumnName, ColumnOfKind, Columns } from '../plan/columns.ts'
import type { Expression, SortKey } from '../plan/expression.ts'
import type { Node } from '../plan/node.ts'
import { bool, type Field, field, int64, type Kind, text, timestamp } from '../plan/type.ts'
import {
  call,
  type ColumnOrder,
  expectNode,
  fail,
  fieldOf,
  fieldsOf,
  filterNode,
  freshName,
  invalid,
  mismatch,
  project,
  ref,
  windowCall,
  windowNode,
} from './build.ts'
import { defineStep, makeStep, type Step } from './contract.ts'
import { onePerKey } from './dedupe.ts'
import { columnOrders, type OrderBy } from './typed.ts'

export interface HistoryOptions {
  readonly by: readonly string[]
  readonly at: string
  readonly deleted?: string
  readonly track?: readonly string[]
  readonly order?: readonly ColumnOrder[]
}

const comparable: readonly Kind[] = comparableKinds

/** Which columns make a new version when they change. */
function trackedOf(input: Node, { by, at, deleted, track, order = [] }: HistoryOptions): readonly Field[] {
  const others = [...by, at, ...(deleted === undefined ? [] : [deleted]), ...order.map((o) => o.column)]
  const set = new Set(others.map((name) => name.toLowerCase()))
  const rest = input.schema.filter((f) => !set.has(f.name.toLowerCase()))
  const tracked = track === undefined ? rest : track.length === 0 ? [] : fieldsOf(input, track, '`track`')
  const nested = tracked.find((f) => !comparable.includes(f.type.kind))
  if (nested !== undefined) {
    throw fail(
      mismatch(
        `column "${nested.name}" is ${nested.type.kind}, of which two values cannot be compared`,
        'name the columns whose change counts in `track`',
      ),
    )
  }
  return tracked
}

/** One row per key and time: of several the last by `order`. */
function onePerTime(input: Node, keys: readonly Field[], at: Field, order: readonly ColumnOrder[]): Node {
  const by = [...keys, at].map((f) => f.name)
  const others = input.schema.filter((f) => !by.includes(f.name) && comparable.includes(f.type.kind))
  // A row alone with its key and time has nothing to be ordered by, and a twin of it is the same row.
  const names = (others.length > 0 ? others : keys).map((f) => ({ column: f.name }))
  return onePerKey(input, by, 'last', order.length > 0 ? order : names)
}

const anyOf = (conditions: readonly Expression[]): Expression =>
  conditions.reduce((all, condition) => call('or', all, condition))

interface Places {
  readonly partition: readonly Expression[]
  readonly order: readonly SortKey[]
}

/** The rows that differ from the one before them, and the first one of each key. */
function changes(input: Node, seen: readonly Field[], { partition, order }: Places): Node {
  const place = freshName(input.schema, 'history$place')
  const before = seen.map((f) => ({ field: f, name: freshName(input.schema, `${f.name}$before`) }))
  const looked = windowNode(input, [
    { name: place, expression: windowCall('row_number', [], { partition, order }) },
    ...before.map((b) => ({
      name: b.name,
      expression: windowCall('lag', [ref(b.field)], { partition, order }),
    })),
  ])
  return filterNode(
    looked,
    anyOf([
      call('eq', ref(fieldOf(looked, place)), 1),
      ...before.map((b) => call('is_distinct_from', ref(b.field), ref(fieldOf(looked, b.name)))),
    ]),
  )
}

const customer = [field('customer', int64, false), field('tier', text), field('changed_at', timestamp)]
const gone = field('gone', bool)
const versions = [
  field('customer', int64, false),
  field('tier', text),
  field('valid_from', timestamp, false),
  field('valid_to', timestamp),
  field('is_current', bool, false),
]
const day = (d: string): string => `2024-${d}T00:00:00.000000`

/** Turns states of rows into versions with the time that each was valid. */
export const historyStep = defineStep<HistoryOptions>({
  name: 'history',
  summary: 'Turn states of a row into its versions: valid_from, valid_to, is_current (a type 2 dimension).',
  meaning:
    "The rows of a key, in the order of their times, are its states. A state is valid from its time until that of the next one; valid_to is NULL and is_current true for the last. A state equal to the one before it (NULL equals NULL) makes no version. A row whose `deleted` is true ends the version before it and is none itself; the key may come back later. Of several rows of a key at one time the last by `order` counts; without it the greatest by the other columns. Rows without a time go to the rejects. The time column becomes valid_from; `deleted` is left out. For a dimension that only keeps the last state (type 1) use dedupe with keep: 'last'.",
  options: {
    by: { takes: 'columns', meaning: 'The key: rows with equal keys are states of one thing.' },
    at: { takes: 'date or timestamp column', meaning: 'Since when the state holds.' },
    deleted: {
      takes: 'bool column',
      meaning: 'True where the thing is gone.',
      default: 'nothing is deleted',
    },
    track: {
      takes: 'columns',
      meaning: 'The columns whose change makes a new version; other columns have the value of its first row.',
      default: 'all but by, at, deleted and order',
    },
    order: {
      takes: 'columns with direction',
      meaning: 'Which of several rows at one time is the last.',
      default: 'the other columns',
    },
  },
  lower: (input, options) => {
    const { by, at, deleted, order = [] } = options
    const keys = fieldsOf(input, by, '`by`')
    const time = fieldOf(input, at, ['date', 'timestamp'])
    const end = deleted === undefined ? undefined : fieldOf(input, deleted, ['bool'])
    if (keys.some((k) => k.name === time.name)) return [invalid(`"${time.name}" is the time, and no key`)]
    const tracked = trackedOf(input, options)
    const timed = time.nullable
      ? expectNode(input, {
          rule: 'history',
          reason: `${time.name} is NULL, so it is not known when the state began`,
          predicate: call('is_not_null', ref(time)),
          blame: [...keys, time].map((f) => f.name),
        })
      : input
    const places: Places = {
      partition: keys.map(ref),
      order: [{ expression: ref(time), direction: 'asc', nulls: 'last' }],
    }
    const states = onePerTime(timed, keys, time, order)
    const changed = changes(states, end === undefined ? tracked : [...tracked, end], places)
    const next = freshName(changed.schema, 'valid_to')
    const ended = windowNode(changed, [{ name: next, expression: windowCall('lead', [ref(time)], places) }])
    const present = end === undefined ? ended : filterNode(ended, call('not', call('is_true', ref(end))))
    const until = ref(fieldOf(ended, next))
    const kept = input.schema.filter((f) => f.name !== time.name && f.name !== end?.name)
    return project(present, [
      ...kept.map((f) => ({ name: f.name, expression: ref(f) })),
      // A row without a time is a reject, so there is none left.
      { name: 'valid_from', expression: { ...ref(time), nullable: false } },
      { name: 'valid_to', expression: until },
      { name: 'is_current', expression: call('is_null', until) },
    ])
  },
  examples: () => [
    {
      title: 'Equal states make one version',
      in: {
        columns: customer,
        rows: [
          ['7', 'basic', day('01-01')],
          ['7', 'basic', day('02-01')],
          ['7', 'gold', day('03-01')],
          ['8', null, day('01-01')],
          ['8', null, day('02-01')],
          ['9', 'basic', null],
        ],
      },
      options: { by: ['customer'], at: 'changed_at' },
      rejected: 1,
      out: {
        columns: versions,
        rows: [
          ['7', 'basic', day('01-01'), day('03-01'), false],
          ['7', 'gold', day('03-01'), null, true],
          ['8', null, day('01-01'), null, true],
        ],
      },
    },
    {
      title: 'Deleted, and back again',
      in: {
        columns: [...customer, gone],
        rows: [
          ['7', 'basic', day('01-01'), null],
          ['7', 'basic', day('02-01'), true],
          ['7', null, day('02-15'), true],
          ['7', 'basic', day('03-01'), false],
          ['8', 'gold', day('01-01'), false],
          ['8', 'gold', day('01-02'), true],
        ],
      },
      options: { by: ['customer'], at: 'changed_at', deleted: 'gone' },
      out: {
        columns: versions,
        rows: [
          ['7', 'basic', day('01-01'), day('02-01'), false],
          ['7', 'basic', day('03-01'), null, true],
          ['8', 'gold', day('01-01'), day('01-02'), false],
        ],
      },
    },
    {
      title: 'Two rows at one time, and a column that makes no version',
      in: {
        columns: [...customer, field('visits', int64), field('change', int64, false)],
        rows: [
          ['7', 'basic', day('01-01'), '1', '1'],
          ['7', 'gold', day('01-01'), '2', '2'],
          ['7', 'gold', day('02-01'), '3', '3'],
        ],
      },
      options: { by: ['customer'], at: 'changed_at', track: ['tier'], order: [{ column: 'change' }] },
      out: {
        columns: [
          ...versions.slice(0, 2),
          field('visits', int64),
          field('change', int64, false),
          ...versions.slice(2),
        ],
        rows: [['7', 'gold', '2', '2', day('01-01'), null, true]],
      },
    },
  ],
})

type Versions<C extends Columns, T extends string, D extends string> = {
  readonly [N in Exclude<keyof C, T | D> | 'valid_from' | 'valid_to' | 'is_current']: N extends 'valid_from'
    ? Column<TimeOf<C, T>, false>
    : N extends 'valid_to'
      ? Column<TimeOf<C, T>, true>
      : N extends 'is_current'
        ? Column<'bool', false>
        : N extends keyof C
          ? C[N]
          : never
}

type TimeOf<C extends Columns, T extends string> = T extends keyof C
  ? Extract<C[T]['kind'], 'date' | 'timestamp'>
  : 'date' | 'timestamp'

/** Turns states into versions: `history({ by: ['customer_id'], at: 'updated_at', deleted: 'is_deleted' })`. */
export function history<
  C extends Columns,
  const N extends string,
  const T extends string,
  const D extends string = never,
  const K extends string = never,
  const O extends string = never,
>(options: {
  readonly by: readonly ColumnName<C, N>[]
  readonly at: ColumnOfKind<C, T, 'date' | 'timestamp'>
  readonly deleted?: ColumnOfKind<C, D, 'bool'>
  readonly track?: readonly ColumnName<C, K>[]
  readonly order?: readonly OrderBy<C, O>[]
}): Step<C, Versions<C, T, D>> {
  const { order, ...others } = options as unknown as Omit<HistoryOptions, 'order'> & {
    readonly order?: readonly string[]
  }
  return makeStep(historyStep, { ...others, ...(order === undefined ? {} : { order: columnOrders(order) }) })
}
