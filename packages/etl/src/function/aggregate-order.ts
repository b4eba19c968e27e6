import { aggregateCall } from './aggregate-call.ts'
import type { CallModifiers, PrintedSortKey } from './contract.ts'

// Spark has no ORDER BY inside an aggregate. A structure of keys and value is collected and sorted. Structures order by
// their members, and NULL comes first; a flag before a key moves it.
const nullsMoved = (key: PrintedSortKey): boolean => (key.direction === 'asc') === (key.nulls === 'last')

function members(keys: readonly PrintedSortKey[]): string[] {
  return keys.flatMap((key, i) => {
    const flag = nullsMoved(key) ? [`'n${i}', ${key.sql} IS NULL`] : []
    return [...flag, `'k${i}', ${key.sql}`]
  })
}

/** The direction that all keys share, if they do. */
function direction(keys: readonly PrintedSortKey[]): 'asc' | 'desc' | undefined {
  const [first] = keys
  return first !== undefined && keys.every((k) => k.direction === first.direction)
    ? first.direction
    : undefined
}

function comparator(keys: readonly PrintedSortKey[]): string {
  const arms = keys.flatMap((key, i) => {
    const [less, more] = key.direction === 'asc' ? ['-1', '1'] : ['1', '-1']
    const [last, first] = key.nulls === 'last' ? ['1', '-1'] : ['-1', '1']
    return [
      `WHEN a.k${i} IS NULL AND b.k${i} IS NOT NULL THEN ${last}`,
      `WHEN a.k${i} IS NOT NULL AND b.k${i} IS NULL THEN ${first}`,
      `WHEN a.k${i} < b.k${i} THEN ${less}`,
      `WHEN a.k${i} > b.k${i} THEN ${more}`,
    ]
  })
  return `(a, b) -> CASE ${arms.join(' ')} ELSE 0 END`
}

/** The modifiers of a further call that counts or picks over the same rows. */
export const withoutOrder = ({ where, over }: CallModifiers): CallModifiers => ({
  distinct: false,
  ...(where === undefined ? {} : { where }),
  ...(over === undefined ? {} : { over }),
})

/**
 * Prints for Spark the array of structures that hold `x` as member `v`, NULLs kept, in the order of the call's keys; the
 * empty array for no rows. Rows with equal keys stand in the order of x, or by chance where the directions are mixed.
 */
export function sparkSorted(x: string, modifiers: CallModifiers, where?: string): string {
  const keys = modifiers.keys ?? []
  const row = `named_struct(${[...members(keys), `'v', ${x}`].join(', ')})`
  const collected = aggregateCall(
    'collect_list',
    [row],
    { ...withoutOrder(modifiers), distinct: modifiers.distinct },
    where,
  )
  if (keys.length === 0) return collected
  const shared = direction(keys)
  return shared === undefined
    ? `array_sort(${collected}, ${comparator(keys)})`
    : `sort_array(${collected}, ${shared === 'asc'})`
}

/** Prints for Spark the value of x in the first or last row in the order of the call's keys. */
export function sparkPick(which: 'first' | 'last', x: string, modifiers: CallModifiers): string {
  const keys = modifiers.keys ?? []
  const shared = direction(keys)
  if (modifiers.over !== undefined) return aggregateCall(which, [x], modifiers)
  if (shared === undefined) {
    const sorted = sparkSorted(x, { ...modifiers, distinct: false })
    return `get(${which === 'first' ? sorted : `reverse(${sorted})`}, 0).v`
  }
  const name = (shared === 'asc') === (which === 'first') ? 'min_by' : 'max_by'
  return aggregateCall(name, [x, `named_struct(${members(keys).join(', ')})`], withoutOrder(modifiers))
}
