import type { Node } from '../../plan/node.ts'
import type { ExpressionAst, QueryAst } from './ast.ts'
import type { Relation } from './scope.ts'

/** What the relations of a query mean, by lower-case name, and how a nested query is translated. */
export interface Environment {
  readonly relations: ReadonlyMap<string, Node>
  /** Translates a nested query; its schema has unique column names. */
  readonly query: (ast: QueryAst, environment: Environment) => Node
}

/** A relation with the WHERE conditions that are still to be applied. */
export interface Filtered {
  readonly relation: Relation
  readonly rest: readonly ExpressionAst[]
}
