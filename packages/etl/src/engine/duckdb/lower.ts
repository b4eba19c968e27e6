import path from 'node:path'
import { EtlError } from '../../base/errors.ts'
import { quoteText } from '../../function/dialect.ts'
import type {
  AggregateNode,
  DedupeNode,
  JoinNode,
  Node,
  PivotNode,
  ScanNode,
  UnionNode,
} from '../../plan/node.ts'
import { field, int64 } from '../../plan/type.ts'
import { book, countRows, finishSource, type Lowering } from './booking.ts'
import { dedupeInBuckets, groupInBuckets, sortInBuckets, windowInBuckets } from './bucketed.ts'
import { joinInBuckets } from './bucketed-join.ts'
import { stageDedupe } from './dedupe.ts'
import { printAggregate, printPivot } from '../print/aggregate.ts'
import { printNode } from '../print/node.ts'
import { columnList, sqlOf } from '../print/sql.ts'
import { printGuardedProject } from './guarded-project.ts'
import { printApply } from './print-apply.ts'
import { quotePath } from './file-path.ts'
import { rowsScanned } from './profile.ts'
import { openFiles } from './read/index.ts'
import type { Relation } from './relation.ts'
import { gather, scratchParquet } from './spread.ts'
import { isCounted } from '../booking/pending.ts'
import { joinCheck } from '../print/lookup.ts'
import { printLakeScan } from './scan-lake.ts'
import { printInOneThread } from './spilling-sort.ts'
import { fromScanNames, toScanNames } from './scan-name.ts'
import { bookRegrouped } from '../booking/tally.ts'

/**
 * Lowers a plan to one SELECT, running the staged passes that keep memory bounded on the way: sources that need more
 * than one look are first written to scratch files, duplicates are found on narrow columns, aggregates are counted.
 *
 * `spine` marks the primary path, along which rows are booked.
 */
export async function lower(node: Node, l: Lowering, spine: boolean): Promise<Relation> {
  switch (node.kind) {
    case 'scan':
      return lowerScan(node, l, spine)
    case 'dedupe':
      return lowerDedupe(node, l, spine)
    case 'aggregate':
    case 'pivot':
      return lowerGrouped(node, l, spine)
    case 'union':
      return lowerUnion(node, l, spine)
    case 'join':
      return lowerJoin(node, l, spine)
    case 'sql': {
      const inputs = await lowerAll(
        node.inputs.map((i) => i.node),
        l,
      )
      const counts = spine ? await Promise.all(inputs.map((i) => countRows(i, l))) : []
      const rows = spine ? counts.reduce((a, b) => a + b, 0) : undefined
      if (spine) l.tally.read = rows ?? 0
      return extend(node, inputs, { rows, pending: [], schema: node.schema, sql: '' })
    }
    case 'window':
    case 'sessionize': {
      const input = await lowerInput(node, l, spine)
      return (await windowInBuckets(node, input, l, spine)) ?? extend(node, [input])
    }
    case 'sort': {
      const input = await lowerInput(node, l, spine)
      const sql = l.isSpillingSort ? printInOneThread(input.sql) : input.sql
      return (await sortInBuckets(node, input, l, spine)) ?? extend(node, [{ ...input, sql }])
    }
    default:
      return extend(node, [await lowerInput(node, l, spine)])
  }
}

async function lowerInput(
  node: Exclude<Node, { kind: 'scan' | 'join' | 'union' | 'sql' }>,
  l: Lowering,
  spine: boolean,
): Promise<Relation> {
  const input = await lower(node.from, l, spine)
  return onePass.has(node.kind) ? input : grounded(input, l, spine)
}

async function lowerAll(nodes: readonly Node[], l: Lowering): Promise<Relation[]> {
  const relations: Relation[] = []
  for (const node of nodes) relations.push(await grounded(await lower(node, l, false), l, false))
  return relations
}

/** Puts a node on top of lowered inputs, the primary one first. */
function extend(node: Node, inputs: readonly Relation[], base: Relation | undefined = inputs[0]): Relation {
  if (base === undefined) throw new EtlError('bug.unreachable', `${node.kind} has no input`)
  const printed = new Map<Node, string>()
  const children =
    node.kind === 'join'
      ? [node.left, node.right]
      : node.kind === 'sql'
        ? node.inputs.map((i) => i.node)
        : 'from' in node
          ? [node.from]
          : []
  for (const [i, child] of children.entries()) printed.set(child, inputs[i]?.sql ?? '')
  const sql = printOwn(node, base) ?? printNode(node, (n) => printed.get(n), 'duckdb')
  const { files: _files, guard: _guard, ...rest } = base
  const pending = isCounted(node)
    ? [...base.pending, { node, inputs: inputs.map((r) => r.sql), output: sql }]
    : base.pending
  const guard =
    node.kind === 'expect' ? { guard: { predicate: node.predicate, from: `(${inputs[0]?.sql ?? ''})` } } : {}
  return { ...rest, schema: node.schema, sql, pending, ...guard }
}

/** What this engine prints in a way of its own. */
function printOwn(node: Node, input: Relation): string | undefined {
  if (node.kind === 'apply') return printApply(node, `(${input.sql})`)
  return node.kind === 'project' && input.guard ? printGuardedProject(input.guard, node.columns) : undefined
}

/** Nodes that only map and refuse rows, so that a source can be read and written in one pass through them. */
const onePass = new Set<Node['kind']>(['project', 'expect', 'bucket'])

/** A relation that does not read a source directly: such sources are read once, into a scratch file. */
async function grounded(relation: Relation, l: Lowering, spine: boolean): Promise<Relation> {
  return relation.opened === undefined ? relation : stage(relation, l, spine)
}

async function lowerScan(node: ScanNode, l: Lowering, spine: boolean): Promise<Relation> {
  const binding = l.request.inputs.get(node.input)
  if (binding === undefined) throw new EtlError('bug.unreachable', `scan of "${node.input}" is not bound`)
  const shape = { schema: node.schema, pending: [] }
  if (binding.kind === 'lake') {
    const rows = binding.files.reduce((sum, f) => sum + f.rows, 0)
    if (spine) l.tally.read += rows
    const wanted = node.schema.map((f) => {
      const found = binding.schema.find((b) => b.name === f.name)
      if (found === undefined)
        throw new EtlError('plan.unknown-column', `"${node.input}" has no column "${f.name}"`)
      return found
    })
    const withRowIds = printLakeScan(binding.files, wanted, { rowIds: true })
    return { ...shape, sql: printLakeScan(binding.files, wanted), rows, files: { withRowIds } }
  }
  const opened = await openFiles(binding.scan, {
    connection: l.session.connection,
    scratch: l.request.scratch,
    threads: l.session.threads,
    pieceBytes: l.session.rowGroupBytes,
    ...(l.session.ahead ? { ahead: l.session.ahead } : {}),
    ...(l.request.signal ? { signal: l.request.signal } : {}),
  })
  return { ...shape, sql: opened.select, rows: undefined, opened }
}

/** Writes a relation to a scratch file and returns it as that file; books everything up to there. */
export async function stage(relation: Relation, l: Lowering, spine: boolean): Promise<Relation> {
  const file = path.join(l.request.scratch, `stage-${++l.stages}.parquet`)
  const names = relation.schema.map((f) => f.name)
  const { rows, operators } = await l.session.profiled(
    `COPY (${toScanNames(relation.sql, names)}) TO ${quoteText(file)} (${scratchParquet(l.session)})`,
    'staging rows',
  )
  const written = Number(rows[0]?.[0] ?? 0)
  if (relation.opened !== undefined) await finishSource(relation, rowsScanned(operators), written, l)
  else if (spine) await book(relation, written, l)
  const columns = fromScanNames(names)
  const source = `read_parquet(${quotePath(file)}, hive_partitioning = false)`
  const withRowIds = `SELECT ${columns}, file_row_number AS "__row" FROM ${source}`
  const sql = `SELECT ${columns} FROM ${source}`
  return { schema: relation.schema, sql, rows: written, pending: [], files: { withRowIds } }
}

async function lowerDedupe(node: DedupeNode, l: Lowering, spine: boolean): Promise<Relation> {
  const lowered = await grounded(await lower(node.from, l, spine), l, spine)
  const bucketed = await dedupeInBuckets(node, lowered, l, spine)
  if (bucketed !== undefined) return bucketed
  const input =
    lowered.files === undefined || lowered.pending.length > 0 ? await stage(lowered, l, spine) : lowered
  const rows = input.rows ?? 0
  const withRowIds = input.files?.withRowIds ?? ''
  const { sql, dropped } = await stageDedupe(node, withRowIds, rows, l)
  if (spine) l.tally.deduplicated += dropped
  return { schema: node.schema, sql, rows: rows - dropped, pending: [] }
}

async function lowerGrouped(node: AggregateNode | PivotNode, l: Lowering, spine: boolean): Promise<Relation> {
  const input = await lowerInput(node, l, spine)
  const rowCount = spine ? ['count(*) AS "__rows"'] : []
  const print = node.kind === 'aggregate' ? printAggregate : printPivot
  const select = print(node as AggregateNode & PivotNode, `(${input.sql})`, rowCount, sqlOf.duckdb)
  const bucketed = await groupInBuckets(node, input, l)
  if (!spine)
    return {
      schema: node.schema,
      sql: bucketed === undefined ? select : withoutCount(node, bucketed.sql),
      rows: undefined,
      pending: [],
    }
  const counted = [...node.schema, field('__rows', int64)]
  const grouped = bucketed ?? (await gather([{ select, of: [] }], counted, l, 'grouping rows'))
  const [totals] = await l.session.rows(
    `SELECT count(*), coalesce(sum("__rows"), 0) FROM (${grouped.sql})`,
    'counting groups',
  )
  // Every row is counted once in each grouping set.
  const passes = node.kind === 'aggregate' ? (node.sets?.groups.length ?? 1) : 1
  const [groups, rowsIn] = [Number(totals?.[0] ?? 0), Number(totals?.[1] ?? 0) / passes]
  await book(input, rowsIn, l)
  bookRegrouped(l.tally, rowsIn, groups)
  return { schema: node.schema, sql: withoutCount(node, grouped.sql), rows: groups, pending: [] }
}

const withoutCount = (node: AggregateNode | PivotNode, sql: string): string =>
  `SELECT ${columnList(node.schema, sqlOf.duckdb)} FROM (${sql})`

async function lowerUnion(node: UnionNode, l: Lowering, spine: boolean): Promise<Relation> {
  const printed = new Map<Node, string>()
  let total = 0
  for (const child of node.inputs) {
    const relation = await grounded(await lower(child, l, spine), l, spine)
    printed.set(child, relation.sql)
    if (!spine) continue
    const rows = await countRows(relation, l)
    await book(relation, rows, l)
    total += rows
  }
  const sql = printNode(node, (n) => printed.get(n), 'duckdb')
  return { schema: node.schema, sql, rows: spine ? total : undefined, pending: [] }
}

async function lowerJoin(node: JoinNode, l: Lowering, spine: boolean): Promise<Relation> {
  const left = await grounded(await lower(node.left, l, spine), l, spine)
  const right = await grounded(await lower(node.right, l, false), l, false)
  const bucketed = await joinInBuckets(node, left, right, l, spine)
  if (bucketed !== undefined) return bucketed
  const check = joinCheck(node, right.sql, sqlOf.duckdb)
  const [wrong] = check === undefined ? [] : await l.session.rows(check.sql, check.doing)
  if (check !== undefined && wrong !== undefined) throw check.problem(wrong.map(String))
  return extend(node, [left, right])
}
