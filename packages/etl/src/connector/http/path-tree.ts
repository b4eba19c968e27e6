import { EtlError } from '../../base/errors.ts'
import { outerLevels, type Path } from './json-path.ts'

/** What is done with the value at a node: it is a record, a value by name, or one that records carry from outside. */
export type Take =
  | { readonly kind: 'row' }
  | { readonly kind: 'value'; readonly name: string }
  | { readonly kind: 'outer'; readonly index: number }

/** All paths that are looked for in a document, as one tree. */
export interface PathNode {
  readonly members: Map<string, PathNode>
  readonly at: Map<number, PathNode>
  elements: PathNode | undefined
  readonly takes: Take[]
  /** Stands on the way to the records, and must be of this kind (or null). */
  wayOf: 'object' | 'array' | undefined
  /** Where missing records show: the array of the records, or of the outermost that hold some. */
  holdsRows: boolean
  /** The level of what records can take values from; 0 is the document. */
  level: number | undefined
}

/** What is wanted of a document. */
export interface WantedPaths {
  readonly rows?: Path
  readonly values?: ReadonlyMap<string, Path>
  /** Values outside of the records, `out` levels out. */
  readonly outer?: readonly { readonly out: number; readonly path: Path }[]
}

const makeNode = (): PathNode => ({
  members: new Map(),
  at: new Map(),
  elements: undefined,
  takes: [],
  wayOf: undefined,
  holdsRows: false,
  level: undefined,
})

export const hasChildren = (node: PathNode): boolean =>
  node.members.size > 0 || node.at.size > 0 || node.elements !== undefined

/** Puts wanted paths into a tree. Fails with `config.invalid` on a value inside of the records' own array. */
export function pathTree({ rows, values = new Map(), outer = [] }: WantedPaths): PathNode {
  const root = makeNode()
  const levels = rows === undefined ? [] : addRows(root, rows)
  for (const [name, path] of values) follow(root, path).takes.push({ kind: 'value', name })
  for (const [index, { out, path }] of outer.entries()) {
    const from = levels[levels.length - out]
    if (from === undefined) throw new EtlError('bug.unreachable', `there is nothing ${out} levels out`)
    follow(from, path).takes.push({ kind: 'outer', index })
  }
  return root
}

/** Adds the way to the records; returns the nodes of what they stand in, from the document inwards. */
function addRows(root: PathNode, rows: Path): readonly PathNode[] {
  const levels: PathNode[] = [root]
  let node = root
  for (const step of rows) {
    node.wayOf = step.kind === 'member' ? 'object' : 'array'
    if (step.kind === 'elements' && levels.length === 1) node.holdsRows = true
    node = follow(node, [step])
    if (step.kind === 'elements') levels.push(node)
  }
  node.takes.push({ kind: 'row' })
  if (levels.length === 1) node.holdsRows = true
  const outside = levels.slice(0, outerLevels(rows))
  for (const [level, around] of outside.entries()) around.level = level
  return outside
}

function follow(from: PathNode, path: Path): PathNode {
  let node = from
  for (const step of path) {
    const parent = node
    if (step.kind === 'elements') node = parent.elements ??= makeNode()
    else if (step.kind === 'member') node = childOf(parent.members, step.name)
    else node = childOf(parent.at, step.index)
    if (parent.elements !== undefined && parent.at.size > 0)
      throw new EtlError('config.invalid', 'a path names one element of the array that holds the records')
  }
  return node
}

function childOf<K>(children: Map<K, PathNode>, key: K): PathNode {
  const known = children.get(key)
  if (known !== undefined) return known
  const child = makeNode()
  children.set(key, child)
  return child
}
