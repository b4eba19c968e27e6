import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../base/errors.ts'
import type { PresentKeys } from '../connector/remote.ts'
import type { IdField, LakeFile, ScanBinding } from '../engine/contract.ts'
import type { DedupeNode, FilterNode, JoinNode, Node, ProjectNode, ScanNode } from '../plan/node.ts'
import { type Field, findField, type Schema } from '../plan/type.ts'
import type { LakeTable } from '../lake/contract.ts'
import { bindFetched } from './bind-fetched.ts'
import { call, literal, ref } from './expression.ts'
import type { TableRunOptions } from './options.ts'
import { assertNoShrink } from './shrink.ts'

/** What is compared: the keys that a source has now, and a published table. */
export interface Comparison {
  readonly table: string
  readonly present: PresentKeys
  readonly published: LakeTable
  /** The columns of the table, in their order, with the ids of its fields. */
  readonly schema: readonly IdField[]
  readonly scratch: string
  readonly maxShrink: number
}

/**
 * The last versions of published rows whose keys are gone from the source, marked as deleted and read now; those that were
 * marked before are left out. Keys are compared first, so that whole rows are looked at only where one is gone; the engine
 * bounds the memory. Fails with `source.shrinks` where more are gone than may be unasked.
 */
export async function goneRows(
  comparison: Comparison,
  options: TableRunOptions,
): Promise<readonly LakeFile[]> {
  const { table, present, published, schema, scratch, maxShrink } = comparison
  const files = await published.files()
  const inputs = new Map<string, ScanBinding>()
  const keys = bindFetched(`${table}@present`, present, present, inputs)
  const rows = `${table}@published`
  inputs.set(rows, { kind: 'lake', files, schema })
  const folder = path.join(scratch, 'gone')
  const rejectFolder = path.join(scratch, 'gone-keys')
  const work = path.join(scratch, 'comparing')
  for (const made of [folder, rejectFolder, work]) await mkdir(made, { recursive: true })
  const result = await options.engine.materialise({
    plan: planOf({ kind: 'scan', input: rows, schema }, keys, present),
    inputs,
    primary: rows,
    schema,
    partition: [],
    folder,
    rejectFolder,
    scratch: work,
    functions: new Map(),
    targetFileBytes: options.targetFileBytes,
    ...(options.signal ? { signal: options.signal } : {}),
  })
  const gone = result.counts.written
  assertNoShrink({ table, lost: gone, known: gone + present.keys, maxShrink, isMarking: true })
  return result.files
}

function columnOf(schema: Schema, name: string): Field {
  const found = findField(schema, name)
  if (found === undefined) throw new EtlError('bug.unreachable', `there is no column "${name}"`)
  return found
}

function planOf(published: ScanNode, present: Node, { schema: key, mark, readAt }: PresentKeys): Node {
  const { schema } = published
  const on = key.map((f) => ({ left: ref(f), right: ref(f) }))
  const join = (type: 'semi' | 'anti', left: Node, right: Node): JoinNode => ({
    kind: 'join',
    type,
    left,
    right,
    on,
    keepRight: [],
    schema: left.schema,
  })
  const keys: ProjectNode = {
    kind: 'project',
    from: published,
    columns: key.map((f) => ({ name: f.name, expression: ref(columnOf(schema, f.name)) })),
    schema: key,
  }
  const [marked, time] = [columnOf(schema, mark), columnOf(schema, readAt.column)]
  const last: DedupeNode = {
    kind: 'dedupe',
    from: join('semi', published, join('anti', keys, present)),
    by: key.map((f) => f.name),
    order: [{ expression: ref(time), direction: 'desc', nulls: 'last' }],
    schema,
  }
  const unmarked: FilterNode = { kind: 'filter', from: last, predicate: call('not', ref(marked)), schema }
  const columns = schema.map((f) => ({
    name: f.name,
    expression: f === marked ? literal(f.type, true) : f === time ? literal(f.type, readAt.value) : ref(f),
  }))
  return { kind: 'project', from: unmarked, columns, schema } satisfies ProjectNode
}
