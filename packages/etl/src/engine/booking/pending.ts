import type {
  AggregateNode,
  ApplyNode,
  DedupeNode,
  ExpectNode,
  FilterNode,
  JoinNode,
  LimitNode,
  Node,
  PivotNode,
  SqlNode,
  UnnestNode,
  UnpivotNode,
} from '../../plan/node.ts'

/** A node that may change the number of rows. */
export type CountedNode =
  | AggregateNode
  | ApplyNode
  | DedupeNode
  | ExpectNode
  | FilterNode
  | JoinNode
  | LimitNode
  | PivotNode
  | SqlNode
  | UnnestNode
  | UnpivotNode

const counted: ReadonlySet<Node['kind']> = new Set<CountedNode['kind']>([
  'aggregate',
  'apply',
  'dedupe',
  'expect',
  'filter',
  'join',
  'limit',
  'pivot',
  'sql',
  'unnest',
  'unpivot',
])

/** Whether a node may change the number of rows and is booked when that number is known. */
export const isCounted = (node: Node): node is CountedNode => counted.has(node.kind)

/** A node on the primary path that may change the number of rows, not counted yet. */
export interface Pending {
  readonly node: CountedNode
  /** The printed inputs of the node, the primary one first. */
  readonly inputs: readonly string[]
  /** The printed node. */
  readonly output: string
}
