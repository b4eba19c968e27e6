import type { CompiledTable } from '../author/table.ts'
import type { DedupeNode, Node } from '../plan/node.ts'
import { mentionedTables } from './definition.ts'

/** Columns of inputs of which a later fetch has greater values than all fetches before it; by input. */
export type Ascending = ReadonlyMap<string, string>

/** The ascending columns of the tables that a table reads. */
export function ascendingOf(table: CompiledTable): Ascending {
  const found = new Map<string, string>()
  for (const { name, content } of mentionedTables(table.declaration)) {
    if (content.kind !== 'source' || content.root !== undefined || content.source.kind !== 'remote') continue
    if (content.source.ascending !== undefined) found.set(name, content.source.ascending)
  }
  return found
}

/**
 * The dedupe of a plan in which the new rows of a key always win over the old ones, whatever those are: it keeps the row that
 * is greatest in an ascending column, and what stands above it judges each row by itself and keeps the key's columns. So the
 * published rows of the keys that are among new rows can be replaced without being looked at. Undefined for other plans.
 */
export function successionOf(root: Node, ascending: Ascending): DedupeNode | undefined {
  const dedupe = belowTail(root)
  if (dedupe === undefined) return undefined
  const [first] = dedupe.order
  if (first?.direction !== 'desc' || first.expression.kind !== 'column') return undefined
  const from = tracedTo(dedupe.from, first.expression.name)
  return from !== undefined && ascending.get(from.input) === from.column ? dedupe : undefined
}

function belowTail(root: Node): DedupeNode | undefined {
  const names: ((key: string) => boolean)[] = []
  for (let node = root; ; node = node.from) {
    if (node.kind === 'dedupe') return names.every((keeps) => node.by.every(keeps)) ? node : undefined
    if (node.kind === 'project') {
      const kept = new Set(
        node.columns
          .filter(({ name, expression: e }) => e.kind === 'column' && e.name === name)
          .map((c) => c.name),
      )
      names.push((key) => kept.has(key))
    } else if (node.kind !== 'filter' && node.kind !== 'expect') return undefined
  }
}

/** The column of a scan that a column is, unchanged. */
function tracedTo(
  node: Node,
  column: string,
): { readonly input: string; readonly column: string } | undefined {
  switch (node.kind) {
    case 'scan':
      return { input: node.input, column }
    case 'filter':
    case 'expect':
      return tracedTo(node.from, column)
    case 'project': {
      const made = node.columns.find((c) => c.name === column)?.expression
      return made?.kind === 'column' ? tracedTo(node.from, made.name) : undefined
    }
    default:
      return undefined
  }
}
