import type { Expression } from '../../plan/expression.ts'
import type { Node } from '../../plan/node.ts'
import type { Schema } from '../../plan/type.ts'

/** One column that names in a query may mean. */
export interface ScopeColumn {
  /** The alias or name of the relation; absent for a column that USING merged from both sides. */
  readonly relation?: string
  readonly name: string
  /** Its value over the columns of the node. */
  readonly value: Expression
  /** Found by its bare name and part of `*`. */
  readonly visible: boolean
}

/** A FROM clause as translated: the node, and what names mean over it. */
export interface Relation {
  readonly node: Node
  readonly columns: readonly ScopeColumn[]
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase()

/** Finds what a column reference means: `name` or `relation.name`, without regard to case. */
export function findColumn(
  columns: readonly ScopeColumn[],
  names: readonly string[],
): ScopeColumn | undefined {
  const [first = '', second] = names
  if (names.length === 1) return columns.find((c) => c.visible && same(c.name, first))
  if (names.length !== 2 || second === undefined) return undefined
  return columns.find((c) => c.relation !== undefined && same(c.relation, first) && same(c.name, second))
}

/** All columns of one relation, in its order. */
export function columnsOfRelation(columns: readonly ScopeColumn[], relation: string): readonly ScopeColumn[] {
  return columns.filter((c) => c.relation !== undefined && same(c.relation, relation))
}

/** A reference to a column of a node's schema. */
export function columnOf(schema: Schema, name: string): Expression {
  const found = schema.find((f) => f.name === name)
  if (found === undefined) throw new Error(`no column ${name}`)
  return { kind: 'column', name: found.name, type: found.type, nullable: found.nullable }
}

/** A node as one relation under a name, its columns optionally renamed from the left. */
export function relationOf(node: Node, relation: string, aliases: readonly string[] = []): Relation {
  return {
    node,
    columns: node.schema.map((f, i) => ({
      relation,
      name: aliases[i] ?? f.name,
      value: { kind: 'column', name: f.name, type: f.type, nullable: f.nullable },
      visible: true,
    })),
  }
}

/** A name that none of `taken` (lower case) uses: the wish itself, or with a number. Adds it to `taken`. */
export function freshName(wish: string, taken: Set<string>): string {
  let name = wish
  for (let n = 2; taken.has(name.toLowerCase()); n++) name = `${wish}_${n}`
  taken.add(name.toLowerCase())
  return name
}
