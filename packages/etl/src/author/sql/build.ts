import type { Expression, NamedExpression } from '../../plan/expression.ts'
import type { Node } from '../../plan/node.ts'
import type { Schema } from '../../plan/type.ts'
import { callFunction } from './expression.ts'

/** Joins predicates by AND; undefined for none. */
export function allOf(predicates: readonly Expression[]): Expression | undefined {
  const [first, ...others] = predicates
  return first === undefined || others.length === 0 ? first : callFunction('and', predicates, 0)
}

/** Keeps the rows for which all predicates are true. */
export function filtered(node: Node, predicates: readonly Expression[]): Node {
  const predicate = allOf(predicates)
  return predicate === undefined ? node : { kind: 'filter', from: node, predicate, schema: node.schema }
}

/** The schema of computed columns. */
export const schemaOf = (columns: readonly NamedExpression[]): Schema =>
  columns.map((c) => ({ name: c.name, type: c.expression.type, nullable: c.expression.nullable }))

/** A projection, left out where it would change nothing. */
export function projected(from: Node, columns: readonly NamedExpression[]): Node {
  const isSame = (c: NamedExpression, i: number): boolean =>
    c.expression.kind === 'column' && c.name === c.expression.name && c.name === from.schema[i]?.name
  if (columns.length === from.schema.length && columns.every(isSame)) return from
  return { kind: 'project', from, columns, schema: schemaOf(columns) }
}

/** The columns of a node as expressions, by name and in order. */
export function columnsOfNode(node: Node): readonly NamedExpression[] {
  return node.schema.map((f) => ({
    name: f.name,
    expression: { kind: 'column', name: f.name, type: f.type, nullable: f.nullable },
  }))
}
