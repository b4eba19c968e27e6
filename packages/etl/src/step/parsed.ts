import type { Expression } from '../plan/expression.ts'
import type { Node } from '../plan/node.ts'
import type { Field } from '../plan/type.ts'
import { call, expectNode, fail, invalid, ref, withColumns } from './build.ts'
import type { OptionDoc } from './contract.ts'

/** What becomes of a row whose value cannot be read: it goes to the rejects, or the value becomes NULL. */
export type OnBad = 'reject' | 'null'

/** How the reference page tells of `onBad`. */
export const onBadDoc: OptionDoc = {
  takes: "'reject' | 'null'",
  meaning: 'Whether a row with a bad value goes to the rejects, or the value becomes NULL.',
  default: 'reject',
}

/** A column whose new value is NULL where the old one could not be read. */
export interface ParsedColumn {
  readonly source: Field
  readonly expression: Expression
  /** Shown with rejects: `parse_timestamp(ordered_at)`. */
  readonly rule: string
  readonly reason: string
}

/**
 * Replaces columns by their parsed values. With `reject`, rows with a value that is there and cannot be read go to the
 * rejects first, so the new column is NULL only where the old one was.
 */
export function parsedColumns(input: Node, columns: readonly ParsedColumn[], onBad: OnBad = 'reject'): Node {
  if (onBad !== 'reject' && onBad !== 'null')
    throw fail(invalid(`onBad is reject or null, not ${String(onBad)}`))
  const guarded = columns.reduce<Node>((from, { source, expression, rule, reason }) => {
    if (onBad === 'null' || !expression.nullable) return from
    const readable = call('is_not_null', expression)
    const predicate = source.nullable ? call('or', call('is_null', ref(source)), readable) : readable
    return expectNode(from, { rule, reason, predicate, blame: [source.name] })
  }, input)
  return withColumns(
    guarded,
    columns.map(({ source, expression }) => ({
      name: source.name,
      expression: onBad === 'reject' ? { ...expression, nullable: source.nullable } : expression,
    })),
  )
}
