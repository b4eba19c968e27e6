import { exactKinds } from '../function/contract.ts'
import type { Node } from '../plan/node.ts'
import type { Field } from '../plan/type.ts'
import { call, fieldOf, filterNode, project, ref, windowCall, windowNode, withColumns } from './build.ts'

/** Where a table of daily rates holds what. */
export interface RateColumns {
  readonly currency: string
  readonly date: string
  readonly rate: string
  /** The currency that the rate is stated against, where the table has rates against several. */
  readonly to?: string
}

/** Rates with the columns `currency`, `from`, `until` and `rate`: each holds from its day to the last one it may be used for. */
export interface Rates {
  readonly node: Node
  readonly currency: Field
  readonly from: Field
  readonly until: Field
  readonly rate: Field
}

/** The usable rates of a table against a currency; fails as the columns do not fit. */
export function ratesOf(table: Node, columns: RateColumns, to: string, lastKnownDays: number): Rates {
  const against = columns.to === undefined ? undefined : fieldOf(table, columns.to, ['text'])
  const rate = ref(fieldOf(table, columns.rate, exactKinds))
  const real = call('gt', rate, 0)
  const known = filterNode(
    table,
    against === undefined ? real : call('and', real, call('eq', ref(against), to)),
  )
  const narrow = project(known, [
    { name: 'currency', expression: ref(fieldOf(table, columns.currency, ['text'])) },
    { name: 'from', expression: ref(fieldOf(table, columns.date, ['date'])) },
    { name: 'rate', expression: rate },
  ])
  const [currency, from] = [fieldOf(narrow, 'currency'), fieldOf(narrow, 'from')]
  const looked = windowNode(narrow, [
    {
      name: 'next',
      expression: windowCall('lead', [ref(from)], {
        partition: [ref(currency)],
        order: [{ expression: ref(from), direction: 'asc', nulls: 'last' }],
      }),
    },
  ])
  const latest = call('add_days', ref(from), lastKnownDays)
  const dayBefore = call('add_days', ref(fieldOf(looked, 'next')), -1)
  // Two rates of one day stay ranges that overlap, which the lookup refuses: none of them may silently win.
  const replaced = call('greatest', ref(from), call('coalesce', dayBefore, latest))
  const until = call('least', latest, replaced)
  const node = withColumns(looked, [{ name: 'until', expression: until }])
  return { node, currency, from, until: fieldOf(node, 'until'), rate: fieldOf(node, 'rate') }
}
