import { EtlError } from '../../base/errors.ts'
import type { JoinNode, Node, ScanNode, UnionNode } from '../../plan/node.ts'
import { inputsOf } from '../../plan/node.ts'
import type { IdField, LakeFile } from '../contract.ts'
import { isCounted, type Pending } from '../booking/pending.ts'
import type { Tally } from '../booking/tally.ts'
import { type JoinCheck, joinCheck } from '../print/lookup.ts'
import { printNode } from '../print/node.ts'
import { sqlOf } from '../print/sql.ts'
import { addRows, type Books, knownRows, type RowCount } from './books.ts'
import { scanLake } from './scan.ts'
import type { SparkCall, SparkView } from './session.ts'

/** The lake files that an input of the plan is bound to. */
export interface LakeInput {
  readonly files: readonly LakeFile[]
  readonly schema: readonly IdField[]
}

/** What lowering one plan shares, and what it finds that a session has to be asked. */
export interface Lowering {
  readonly inputs: ReadonlyMap<string, LakeInput>
  readonly tally: Tally
  readonly views: SparkView[]
  /** What must hold before anything is written. */
  readonly checks: JoinCheck[]
  /** What is to be booked when all is written. */
  readonly books: Books[]
  readonly signal?: AbortSignal
  /** Numbers the scans. */
  scans: number
}

/** A subtree as one SELECT with exactly the schema's columns. */
export interface Relation {
  readonly sql: string
  /** Rows at the start of `pending`; known on the primary path only. */
  readonly rows: RowCount
  readonly pending: readonly Pending[]
  /** Bytes of the files that it comes from, where nothing on the way makes more of them. */
  readonly bytes?: number
}

/** Right sides of joins up to this size in files are sent to all workers; in memory they take several times as much. */
const broadcastBytes = 32 * 2 ** 20

const shrinking: ReadonlySet<Node['kind']> = new Set<Node['kind']>([
  'filter',
  'expect',
  'project',
  'aggregate',
  'dedupe',
  'sort',
  'limit',
])

export const callOf = (l: Pick<Lowering, 'signal'>, doing: string): SparkCall => ({
  doing,
  ...(l.signal ? { signal: l.signal } : {}),
})

/**
 * Lowers a plan to one SELECT; files become views, and what the right sides of lookups must hold becomes checks. Nothing
 * is run and nothing staged: what the rows did is counted afterwards, by statements of its own.
 *
 * `spine` marks the primary path, along which rows are booked.
 */
export async function lower(node: Node, l: Lowering, spine: boolean): Promise<Relation> {
  switch (node.kind) {
    case 'scan':
      return lowerScan(node, l, spine)
    case 'union':
      return lowerUnion(node, l, spine)
    case 'join':
      return lowerJoin(node, l, spine)
    default: {
      const inputs: Relation[] = []
      for (const input of inputsOf(node)) inputs.push(await lower(input, l, spine))
      return extend(node, inputs)
    }
  }
}

/** Puts a node on top of lowered inputs, the primary one first. */
function extend(node: Node, inputs: readonly Relation[]): Relation {
  const [base] = inputs
  if (base === undefined) throw new EtlError('bug.unreachable', `${node.kind} has no input`)
  const printed = new Map(inputsOf(node).map((child, i) => [child, inputs[i]?.sql] as const))
  const sql = printNode(node, (n) => printed.get(n), 'spark')
  const pending = isCounted(node)
    ? [...base.pending, { node, inputs: inputs.map((r) => r.sql), output: sql }]
    : base.pending
  const bytes = shrinking.has(node.kind) && base.bytes !== undefined ? { bytes: base.bytes } : {}
  return { sql, rows: base.rows, pending, ...bytes }
}

async function lowerScan(node: ScanNode, l: Lowering, spine: boolean): Promise<Relation> {
  const input = l.inputs.get(node.input)
  if (input === undefined) throw new EtlError('bug.unreachable', `scan of "${node.input}" is not bound`)
  const wanted = node.schema.map((f) => {
    const found = input.schema.find((b) => b.name === f.name)
    if (found === undefined)
      throw new EtlError('plan.unknown-column', `"${node.input}" has no column "${f.name}"`)
    return found
  })
  const rows = input.files.reduce((sum, f) => sum + f.rows, 0)
  if (spine) l.tally.read += rows
  const sql = await scanLake(l.views, input.files, wanted, {
    name: `input_${l.scans++}`,
    ...(l.signal ? { signal: l.signal } : {}),
  })
  const bytes = input.files.reduce((sum, f) => sum + f.bytes, 0)
  return { sql, rows: knownRows(rows), pending: [], bytes }
}

async function lowerUnion(node: UnionNode, l: Lowering, spine: boolean): Promise<Relation> {
  const printed = new Map<Node, string>()
  let total = knownRows(0)
  for (const child of node.inputs) {
    const relation = await lower(child, l, spine)
    printed.set(child, relation.sql)
    if (!spine) continue
    const { pending, rows: rowsIn } = relation
    const rowsOut =
      pending.length === 0 ? rowsIn : { known: 0, counted: [`SELECT count(*) FROM (${relation.sql})`] }
    if (pending.length > 0) l.books.push({ pending, rowsIn, rowsOut })
    total = addRows(total, rowsOut)
  }
  return { sql: printNode(node, (n) => printed.get(n), 'spark'), rows: total, pending: [] }
}

async function lowerJoin(node: JoinNode, l: Lowering, spine: boolean): Promise<Relation> {
  const left = await lower(node.left, l, spine)
  const right = await lower(node.right, l, false)
  const check = joinCheck(node, right.sql, sqlOf.spark)
  if (check !== undefined) l.checks.push(check)
  return extend(node, [left, node.range === undefined ? hinted(right) : right])
}

/** Spark's own estimate of what steps leave is a guess, and stops at 10 MB; the lake knows what lies in its files. */
function hinted(right: Relation): Relation {
  if (right.bytes === undefined || right.bytes > broadcastBytes) return right
  return { ...right, sql: `SELECT /*+ BROADCAST(__small) */ * FROM (${right.sql}) AS __small` }
}
