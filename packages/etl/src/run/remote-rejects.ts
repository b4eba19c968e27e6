import path from 'node:path'
import { mkdir } from 'node:fs/promises'
import { type IdField, type MaterialiseResult, rejectSchema } from '../engine/contract.ts'
import { EtlError } from '../base/errors.ts'
import { resolveCall } from '../function/resolve.ts'
import type { Expression, NamedExpression } from '../plan/expression.ts'
import { type Field, field, type Schema, text } from '../plan/type.ts'
import type { Node, ProjectNode, ScanNode } from '../plan/node.ts'
import type { Decision } from './decide.ts'
import type { TableRunOptions } from './options.ts'
import { rejectedName } from './placement.ts'
import type { RemoteRows } from './remote.ts'
import { withoutKnown } from './without-known.ts'

/** Where in a staging file a record stood says nothing to anybody: it is named by the place it was fetched from. */
function placed(from: Node, place: string): ProjectNode {
  const columns = rejectSchema.map((f): NamedExpression => {
    const column = { kind: 'column', name: f.name, type: f.type, nullable: f.nullable } as const
    const value = { kind: 'literal', type: f.type, nullable: true } as const
    if (f.name === 'source') return { name: f.name, expression: { ...value, value: place } }
    if (f.name === 'line' || f.name === 'offset')
      return { name: f.name, expression: { ...value, value: null } }
    return { name: f.name, expression: column }
  })
  return { kind: 'project', from, columns, schema: rejectSchema }
}

/** The text of a record without the values that its source adds. */
const own: Field = field('__own', text)

/**
 * Rejects with a column by which records are compared. A source that adds columns and makes one of them anew with every
 * fetch (when a row was read) makes every text of a record anew; `added` is how many values stand from that one on.
 */
function compared(from: Node, added: number): ProjectNode {
  const original: Expression = { kind: 'column', name: 'original', type: text, nullable: true }
  const constant = (value: string): Expression => ({ kind: 'literal', type: text, nullable: false, value })
  const tail = `${',[^,]*'.repeat(added)}$`
  const cut = resolveCall('regex_replace_first', [original, constant(tail), constant('')])
  if ('problem' in cut) throw new EtlError('bug.unreachable', cut.problem)
  return {
    kind: 'project',
    from,
    columns: [...rejectSchema.map(columnOf), { name: own.name, expression: cut.expression }],
    schema: [...rejectSchema, own],
  }
}

const columnOf = (f: Field): NamedExpression => ({
  name: f.name,
  expression: { kind: 'column', name: f.name, type: f.type, nullable: f.nullable },
})

/** How many of a source's last columns go back to the first that every fetch makes anew; 0 where there is none. */
function addedBy({ fetched }: RemoteRows, source: Schema): number {
  const at = (fetched.overlap?.ignore ?? []).map((name) => source.findIndex((f) => f.name === name))
  return at.length === 0 ? 0 : source.length - Math.min(...at)
}

/** The rejects that were not published, by what the source says of them. */
function unknownOf(found: Node, known: Node, added: number): Node {
  if (added === 0) return withoutKnown(found, known, { ignore: ['line', 'offset'] })
  const ignore = ['line', 'offset', 'original']
  const from = withoutKnown(compared(found, added), compared(known, added), { ignore })
  return { kind: 'project', from, columns: rejectSchema.map(columnOf), schema: rejectSchema }
}

/**
 * Names the rejects of fetched records by their place, and leaves out those that an earlier fetch of the same records has
 * published: they count as filtered, like rows that were known.
 */
export async function settleRejects(
  result: MaterialiseResult,
  rows: RemoteRows,
  decision: Decision,
  scratch: string,
  options: TableRunOptions,
): Promise<MaterialiseResult> {
  if (result.rejects.length === 0) return result
  const { lake, engine } = options
  const name = rejectedName(decision.table.declaration.name)
  const published = decision.action === 'full' ? undefined : await lake.load(name)
  const schema: readonly IdField[] = published?.schema ?? rejectSchema.map((f, i) => ({ ...f, id: i + 1 }))
  const scan = (input: string): ScanNode => ({ kind: 'scan', input, schema: rejectSchema })
  const place = rows.fetched.place ?? decision.remote?.source.connector ?? ''
  const found = placed(scan('found'), place)
  const plan =
    published === undefined
      ? found
      : unknownOf(found, scan('known'), addedBy(rows, decision.remote?.source.schema ?? []))
  const work = path.join(scratch, 'rejects')
  await mkdir(work, { recursive: true })
  const settled = await engine.materialise({
    plan,
    inputs: new Map([
      ['found', { kind: 'lake', files: result.rejects, schema, isLocal: true }],
      ...(published === undefined
        ? []
        : [['known', { kind: 'lake', files: await published.files(), schema }] as const]),
    ]),
    primary: 'found',
    schema,
    partition: [],
    folder: await lake.newDataFolder(name),
    rejectFolder: await lake.newDataFolder(name),
    scratch: work,
    functions: new Map(),
    targetFileBytes: options.targetFileBytes,
    ...(options.signal ? { signal: options.signal } : {}),
  })
  const known = result.counts.rejected - settled.counts.written
  const counts = {
    ...result.counts,
    rejected: settled.counts.written,
    filtered: result.counts.filtered + known,
  }
  return { ...result, rejects: settled.files, counts }
}
