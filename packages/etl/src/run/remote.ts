import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../base/errors.ts'
import { type Fetched, remoteOf, sourceIn } from '../connector/remote.ts'
import type { IdField, ScanBinding } from '../engine/contract.ts'
import type { Node, ScanNode } from '../plan/node.ts'
import { findField } from '../plan/type.ts'
import { contentOf } from './content.ts'
import type { Decision, RemoteWork } from './decide.ts'
import type { TableRunOptions } from './options.ts'
import { bindFetched, unionOf } from './bind-fetched.ts'
import { goneRows } from './gone.ts'
import { withoutKnown } from './without-known.ts'

/** What was fetched over a connection, as a plan over staging files. */
export interface RemoteRows {
  readonly fetched: Fetched
  readonly plan: Node
  readonly inputs: ReadonlyMap<string, ScanBinding>
}

/**
 * Fetches what a table's source holds beyond its position into the scratch folder. Rows that an earlier fetch may have
 * given are compared with the published rows themselves, so that nothing has to be remembered of them.
 */
export async function fetchRemote(
  decision: Decision,
  work: RemoteWork,
  schema: readonly IdField[],
  scratch: string,
  options: TableRunOptions,
): Promise<RemoteRows> {
  const { source, position } = work
  const folder = path.join(scratch, 'fetched')
  await mkdir(folder)
  const { objects, onProgress, signal } = options
  const given = await (
    await remoteOf(source, objects)
  ).fetch(sourceIn(options.projectFolder, source), {
    position,
    folder,
    ...(signal ? { signal } : {}),
    ...(onProgress
      ? {
          // Fetching is the longer part of the work.
          onProgress: ({ records, share }) =>
            onProgress({ rowsRead: records, share: (share ?? 0) * 0.7, phase: 'fetch' }),
        }
      : {}),
  })
  const fetched =
    given.isWhole === true
      ? { ...given, position: await contentOf(given.fresh, source.format, given.typed) }
      : given
  const inputs = new Map<string, ScanBinding>()
  const parts = await partsOf(decision, { source, schema, fetched, scratch }, inputs, options)
  return { fetched, plan: unionOf(parts, source.schema), inputs }
}

interface Fetching {
  readonly source: RemoteWork['source']
  readonly schema: readonly IdField[]
  readonly fetched: Fetched
  readonly scratch: string
}

/** What is published of a fetch: new records, those of the overlap that were not known, and marks of rows that are gone. */
async function partsOf(
  decision: Decision,
  { source, schema, fetched, scratch }: Fetching,
  inputs: Map<string, ScanBinding>,
  options: TableRunOptions,
): Promise<readonly Node[]> {
  const { name } = decision.table.declaration
  const { published } = decision
  const { overlap, present, fresh, typed = [] } = fetched
  const parts: Node[] = []
  const gone =
    present === undefined || published === undefined
      ? []
      : await goneRows(
          { table: name, present, published, schema, scratch, maxShrink: source.maxShrink ?? 1 },
          options,
        )
  const again = { files: overlap?.files ?? [], typed: overlap?.typed ?? [] }
  const hasOverlap = again.files.length + again.typed.length > 0
  if (fresh.length + typed.length > 0 || (!hasOverlap && gone.length === 0))
    parts.push(bindFetched(name, { files: fresh, typed }, source, inputs))
  if (overlap !== undefined && hasOverlap) {
    if (published === undefined || findField(source.schema, overlap.column) === undefined)
      throw new EtlError('bug.unreachable', `an overlap of ${name} with nothing that was published`)
    const known: ScanNode = { kind: 'scan', input: `${name}@published`, schema: source.schema }
    inputs.set(known.input, { kind: 'lake', files: await published.files(), schema })
    parts.push(withoutKnown(bindFetched(`${name}@again`, again, source, inputs), known, overlap))
  }
  if (gone.length > 0) {
    const input = `${name}@gone`
    inputs.set(input, { kind: 'lake', files: gone, schema, isLocal: true })
    parts.push({ kind: 'scan', input, schema: source.schema })
  }
  return parts
}
