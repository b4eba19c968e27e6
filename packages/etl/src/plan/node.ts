import type { Expression, NamedExpression, SortKey } from './expression.ts'
import type { LogicalType, Schema } from './type.ts'

/**
 * The closed set of nodes. Every node carries its output schema. Nodes are frozen data: engines print them, checks and
 * rewrites map them, streams run the keyed ones with state.
 */
export type Node =
  | ScanNode
  | FilterNode
  | ProjectNode
  | ExpectNode
  | JoinNode
  | AggregateNode
  | WindowNode
  | UnionNode
  | SortNode
  | LimitNode
  | UnnestNode
  | PivotNode
  | UnpivotNode
  | ApplyNode
  | DedupeNode
  | SessionizeNode
  | BucketNode
  | SqlNode

interface Shaped {
  readonly schema: Schema
}

/** Reads one input of the plan: another table of the project, or the files of a connector. */
export interface ScanNode extends Shaped {
  readonly kind: 'scan'
  /** The identity of the input; the run binds it to file lists. */
  readonly input: string
}

/** Keeps rows for which the predicate is true; the others count as filtered. */
export interface FilterNode extends Shaped {
  readonly kind: 'filter'
  readonly from: Node
  readonly predicate: Expression
}

/** Computes the output columns from each row. */
export interface ProjectNode extends Shaped {
  readonly kind: 'project'
  readonly from: Node
  readonly columns: readonly NamedExpression[]
}

/** Sends rows for which the predicate is not true to the table's rejects, with the rule's name and reason. */
export interface ExpectNode extends Shaped {
  readonly kind: 'expect'
  readonly from: Node
  readonly rule: string
  readonly reason: string
  readonly predicate: Expression
  /** Input columns shown in the reject's original record. */
  readonly blame: readonly string[]
}

/**
 * Joins two inputs on equal keys. Output: all left columns, then the right columns that `keepRight` names (renamed).
 * `lookup` is a left join whose right side has at most one row per key; a run fails when that is broken.
 */
export interface JoinNode extends Shaped {
  readonly kind: 'join'
  readonly type: 'inner' | 'left' | 'full' | 'semi' | 'anti' | 'lookup'
  readonly left: Node
  readonly right: Node
  /**
   * Pairs of key expressions: over the left columns, over the right columns. NULL equals nothing. Without pairs every row
   * meets every row (a cross join, where there is no `residual` either).
   */
  readonly on: readonly { readonly left: Expression; readonly right: Expression }[]
  /**
   * A condition on top of `on` that must be true of a pair of rows: over the left columns, and the right columns under
   * the names that `keepRight` gives them. A semi or anti join has `keepRight` for this alone; its output is the left
   * columns. Inner, left, semi and anti joins only, and not with `range`.
   */
  readonly residual?: Expression
  /**
   * A range condition on top of `on`: `left` value lies in [`from`, `to`] of the right row (`toInclusive` false: half
   * open). Ranges of the right side must not overlap within a key; a row finds at most one.
   */
  readonly range?: {
    readonly left: Expression
    readonly from: Expression
    readonly to: Expression
    readonly toInclusive: boolean
  }
  readonly keepRight: readonly { readonly column: string; readonly as: string }[]
}

/**
 * Groups rows. Output: the keys, then the aggregates, then `sets.as`. No keys, or an empty set: one row for all rows, even
 * for none.
 */
export interface AggregateNode extends Shaped {
  readonly kind: 'aggregate'
  readonly from: Node
  readonly keys: readonly NamedExpression[]
  readonly aggregates: readonly NamedExpression[]
  readonly sets?: GroupingSets
}

/** Several groupings in one pass (ROLLUP, CUBE, GROUPING SETS): the groups of all of them are the output. */
export interface GroupingSets {
  /** At least one; positions of the node's keys, ascending. Keys outside a set are NULL in its groups. */
  readonly groups: readonly (readonly number[])[]
  /**
   * Name of an added int64 column that tells the sets apart: a bit per key, the first key's the highest, 1 where the key is
   * outside the row's set (SQL's GROUPING over all keys). At most 31 keys.
   */
  readonly as: string
}

/** Adds window columns after all input columns. */
export interface WindowNode extends Shaped {
  readonly kind: 'window'
  readonly from: Node
  readonly columns: readonly NamedExpression[]
}

/** All rows of all inputs, columns matched by name; a column that an input lacks is NULL there. */
export interface UnionNode extends Shaped {
  readonly kind: 'union'
  readonly inputs: readonly Node[]
}

/** Orders rows. Engines make the order total by adding all columns as tie-breakers. */
export interface SortNode extends Shaped {
  readonly kind: 'sort'
  readonly from: Node
  readonly order: readonly SortKey[]
}

/** The first `count` rows after skipping `offset`, of an input that a sort node ordered. */
export interface LimitNode extends Shaped {
  readonly kind: 'limit'
  readonly from: Node
  readonly count: number
  readonly offset: number
}

/** One row per element of a list column (or per entry of a map), which it replaces. */
export interface UnnestNode extends Shaped {
  readonly kind: 'unnest'
  readonly from: Node
  readonly column: string
  readonly as: string
  /** Keep a row (with NULL) for empty and NULL lists. */
  readonly keepEmpty: boolean
  /** Name of an added int64 column with the 1-based position. */
  readonly position?: string
}

/** Turns the values of `on` into columns: group by `keys`, one aggregate per listed value. */
export interface PivotNode extends Shaped {
  readonly kind: 'pivot'
  readonly from: Node
  readonly keys: readonly string[]
  readonly on: string
  /** The values (canonical literals) and the columns they become. */
  readonly values: readonly { readonly value: string | null; readonly as: string }[]
  readonly aggregate: Expression
}

/** Turns columns into rows of (name, value); all of one type. */
export interface UnpivotNode extends Shaped {
  readonly kind: 'unpivot'
  readonly from: Node
  readonly columns: readonly string[]
  readonly nameTo: string
  readonly valueTo: string
  readonly keepNulls: boolean
}

/** A TypeScript row function: embedded, stream and Lambda only. The function travels beside the plan, by id. */
export interface ApplyNode extends Shaped {
  readonly kind: 'apply'
  readonly from: Node
  /** Names the function in the run's function table; a hash of its source text. */
  readonly function: string
  readonly reads: readonly string[]
  /** Columns the function produces; they replace or follow the input columns. */
  readonly produces: readonly {
    readonly name: string
    readonly type: LogicalType
    readonly nullable: boolean
  }[]
}

/** Keeps one row per key: the first by `order`; ties are broken by all columns. Rows whose key is NULL form one group. */
export interface DedupeNode extends Shaped {
  readonly kind: 'dedupe'
  readonly from: Node
  /** Key columns; all columns of the input for exact duplicates. */
  readonly by: readonly string[]
  readonly order: readonly SortKey[]
}

/** Adds a session number: a new session starts when the gap to the previous event of the key exceeds `gapMs`. */
export interface SessionizeNode extends Shaped {
  readonly kind: 'sessionize'
  readonly from: Node
  readonly by: readonly string[]
  /** Timestamp column that orders events. */
  readonly at: string
  readonly gapMs: number
  /** Added int64 column: 1-based number of the session within the key. */
  readonly as: string
  /** Added timestamp column: the first event of the session. */
  readonly startAs: string
}

/** Adds a timestamp column: the start of the fixed-width bucket that `at` falls into, counted from the epoch. */
export interface BucketNode extends Shaped {
  readonly kind: 'bucket'
  readonly from: Node
  readonly at: string
  readonly widthMs: number
  readonly as: string
}

/** SQL outside the catalogue, kept as text. DuckDB only. */
export interface SqlNode extends Shaped {
  readonly kind: 'sql'
  /** A SELECT that names its inputs by the relation names in `inputs`. */
  readonly sql: string
  readonly inputs: readonly { readonly name: string; readonly node: Node }[]
  /** Why no other engine can run it. */
  readonly reason: string
}

/** The inputs of a node, in order. */
export function inputsOf(node: Node): readonly Node[] {
  switch (node.kind) {
    case 'scan':
      return []
    case 'join':
      return [node.left, node.right]
    case 'union':
      return node.inputs
    case 'sql':
      return node.inputs.map((i) => i.node)
    default:
      return [node.from]
  }
}

/** Rebuilds a plan bottom-up; `change` sees each node after its inputs. */
export function mapNode(node: Node, change: (node: Node) => Node): Node {
  const go = (n: Node): Node => mapNode(n, change)
  switch (node.kind) {
    case 'scan':
      return change(node)
    case 'join':
      return change({ ...node, left: go(node.left), right: go(node.right) })
    case 'union':
      return change({ ...node, inputs: node.inputs.map(go) })
    case 'sql':
      return change({ ...node, inputs: node.inputs.map((i) => ({ ...i, node: go(i.node) })) })
    default:
      return change({ ...node, from: go(node.from) })
  }
}

/** Visits a plan, parents first. */
export function walkNode(node: Node, visit: (node: Node) => void): void {
  visit(node)
  for (const input of inputsOf(node)) walkNode(input, visit)
}

/** The identities of all scans below a node, each once, in order of first use. */
export function scansOf(node: Node): ScanNode[] {
  const seen = new Map<string, ScanNode>()
  walkNode(node, (n) => {
    if (n.kind === 'scan' && !seen.has(n.input)) seen.set(n.input, n)
  })
  return [...seen.values()]
}

/** The leftmost scan of a plan: the input whose rows conservation counts first. Empty for a plan without inputs. */
export function primaryInput(root: Node): string {
  return scansOf(root)[0]?.input ?? ''
}
