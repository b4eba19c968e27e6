import { EtlError } from '../../base/errors.ts'
import type { ExpressionAst } from './ast.ts'
import type { Filtered } from './environment.ts'
import { filterRelation, joinRelations, splitConditions } from './join.ts'
import type { Relation, ScopeColumn } from './scope.ts'

/** A column with the place of its relation in the list. */
interface Placed {
  readonly column: ScopeColumn
  readonly place: number
}

/** No other relation: every condition over one relation alone is the left one's. */
const nothing: Relation = { node: { kind: 'union', inputs: [], schema: [] }, columns: [] }

const placed = (columns: readonly ScopeColumn[], place: number): Placed[] =>
  columns.map((column) => ({ column, place }))

/**
 * Joins the relations of `from a, b, c` by the equalities of WHERE, each narrowed by what WHERE says of it alone. Each step takes the first relation that an equality
 * ties to what is joined already, and crosses with the next one only where there is none; columns keep the order of the
 * list. `rest` are the conditions that no join took.
 */
export function joinListed(relations: readonly Relation[], where: readonly ExpressionAst[]): Filtered {
  let rest = where
  const narrowed = relations.map((relation) => {
    const own = splitConditions(rest, relation, nothing)
    rest = own.other
    return filterRelation(relation, own.leftOnly)
  })
  const [first, ...others] = narrowed
  if (first === undefined) throw new EtlError('bug.unreachable', 'a FROM list without relations')
  let { node } = first
  let columns: readonly Placed[] = placed(first.columns, 0)
  let open = others.map((relation, i) => ({ relation, place: i + 1 }))
  while (open.length > 0) {
    const left: Relation = { node, columns: columns.map((c) => c.column) }
    const tied = open.find(({ relation }) => splitConditions(rest, left, relation).on.length > 0)
    const next = tied ?? open[0]
    if (next === undefined) break
    const split = splitConditions(rest, left, next.relation)
    const joined = joinRelations('inner', left, next.relation, split.on)
    columns = [
      ...columns.map(({ place }, i) => ({ place, column: joined.left[i] ?? left.columns[i] })),
      ...placed(joined.right, next.place),
    ].flatMap(({ place, column }) => (column === undefined ? [] : [{ place, column }]))
    node = joined.node
    rest = [...split.leftOnly, ...split.rightOnly, ...split.other]
    open = open.filter((o) => o !== next)
  }
  const ordered = columns.toSorted((a, b) => a.place - b.place).map((c) => c.column)
  return { relation: { node, columns: ordered }, rest }
}
