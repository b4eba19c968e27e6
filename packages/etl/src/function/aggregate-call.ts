import type { CallModifiers } from './contract.ts'

/**
 * Prints a call of a dialect's aggregate or window function with everything that surrounds it: DISTINCT, ORDER BY, FILTER
 * and OVER. `where` is a further condition on rows, joined to the caller's with AND.
 */
export function aggregateCall(
  name: string,
  args: readonly string[],
  modifiers: CallModifiers,
  where?: string,
): string {
  const distinct = modifiers.distinct ? 'DISTINCT ' : ''
  const order = modifiers.order === undefined ? '' : ` ORDER BY ${modifiers.order}`
  const conditions = [modifiers.where, where].filter((c) => c !== undefined)
  const filter =
    conditions.length === 0 ? '' : ` FILTER (WHERE ${conditions.map((c) => `(${c})`).join(' AND ')})`
  const over = modifiers.over === undefined ? '' : ` OVER (${modifiers.over})`
  return `${name}(${distinct}${args.join(', ')}${order})${filter}${over}`
}
