import type { Node } from '../../plan/node.ts'
import type { ExpressionAst } from './ast.ts'
import { type Context, translate } from './expression.ts'
import type { Relation } from './scope.ts'
import { sortKeys } from './select-calls.ts'

/**
 * Recognises `qualify row_number() over (partition by columns order by …) = 1` and makes it a dedupe: the same rows
 * where the order is total, and a stable choice where SQL leaves it open. Undefined for everything else.
 */
export function dedupeByRowNumber(
  qualify: ExpressionAst | null,
  relation: Relation,
  aliases: Context['aliases'],
): Node | undefined {
  if (qualify?.class !== 'COMPARISON' || qualify.type !== 'COMPARE_EQUAL') return undefined
  const { left, right } = qualify
  if (left.class !== 'WINDOW' || left.function_name !== 'row_number' || right.class !== 'CONSTANT')
    return undefined
  if (right.value.value !== '1' || left.partitions.length === 0) return undefined
  const context: Context = { columns: relation.columns, aliases }
  const keys = left.partitions.map((p) => translate(p, context))
  const by = keys.flatMap((k) => (k.kind === 'column' ? [k.name] : []))
  if (by.length !== keys.length) return undefined
  const order = sortKeys(left.orders, (e) => translate(e, context))
  return { kind: 'dedupe', from: relation.node, by, order, schema: relation.node.schema }
}
