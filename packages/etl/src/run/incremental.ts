import { inputsOf, type Node } from '../plan/node.ts'
import { type Ascending, successionOf } from './succession.ts'

/**
 * How a table can take new input without being built anew.
 *
 * - `append`: every output row comes from one input row (of the `spine` inputs), so new rows give new output rows;
 * - `merge`: the same below a dedupe at the root, so new rows compete with the published ones of the same key, or below one
 *   by which they always win over them (`successionOf`);
 * - `full`: an output row depends on many input rows, for the stated reason.
 */
export type Incrementality =
  | { readonly kind: 'append'; readonly spine: readonly string[] }
  | { readonly kind: 'merge'; readonly spine: readonly string[] }
  | { readonly kind: 'full'; readonly reason: string }

const reasons: Partial<Record<Node['kind'], string>> = {
  aggregate: 'aggregates need all rows',
  window: 'window functions need all rows',
  sort: 'sorting needs all rows',
  limit: 'a limit needs all rows',
  pivot: 'pivots need all rows',
  dedupe: 'duplicates are dropped before other steps, so all rows are needed',
  sessionize: 'sessions need all events',
  sql: 'the SQL is opaque',
}

/** The inputs along the row-local path from the root, or why there is none. */
function rowLocal(node: Node): { readonly spine: readonly string[] } | { readonly reason: string } {
  switch (node.kind) {
    case 'scan':
      return { spine: [node.input] }
    case 'filter':
    case 'expect':
    case 'project':
    case 'unnest':
    case 'unpivot':
    case 'bucket':
    case 'apply':
      return rowLocal(node.from)
    case 'join':
      return node.type === 'full' ? { reason: 'a full join needs all rows' } : rowLocal(node.left)
    case 'union': {
      const spine: string[] = []
      for (const input of node.inputs) {
        const found = rowLocal(input)
        if ('reason' in found) return found
        spine.push(...found.spine)
      }
      return { spine }
    }
    default:
      return { reason: reasons[node.kind] ?? `${node.kind} needs all rows` }
  }
}

/** Tells how a plan can be continued; an input that is also read off the spine forces a full build. */
export function incrementality(root: Node, ascending: Ascending): Incrementality {
  const dedupe = root.kind === 'dedupe' ? root : successionOf(root, ascending)
  const kind = dedupe === undefined ? 'append' : 'merge'
  const found = rowLocal(dedupe?.from ?? root)
  if ('reason' in found) return { kind: 'full', reason: found.reason }
  const twice = found.spine.find((input) => timesScanned(root, input) > 1)
  if (twice !== undefined) return { kind: 'full', reason: `"${twice}" is read in two places` }
  return { kind, spine: found.spine }
}

function timesScanned(node: Node, input: string): number {
  const own = node.kind === 'scan' && node.input === input ? 1 : 0
  return inputsOf(node).reduce((sum, child) => sum + timesScanned(child, input), own)
}
