import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../base/errors.ts'
import { type Fetched, remoteOf } from '../connector/remote.ts'
import type { IdField, LakeFile, ScanBinding } from '../engine/contract.ts'
import type { Node, ScanNode } from '../plan/node.ts'
import { findField } from '../plan/type.ts'
import type { Decision, RemoteWork } from './decide.ts'
import type { TableRunOptions } from './options.ts'
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
  const { onProgress, signal } = options
  const fetched = await (
    await remoteOf(source)
  ).fetch(source, {
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
  const { name } = decision.table.declaration
  const inputs = new Map<string, ScanBinding>()
  const fresh = bindRows(name, { files: fetched.fresh, typed: fetched.typed ?? [] }, source, inputs)
  const { overlap } = fetched
  const found = { files: overlap?.files ?? [], typed: overlap?.typed ?? [] }
  if (overlap === undefined || found.files.length + found.typed.length === 0)
    return { fetched, plan: unionOf(fresh, source), inputs }
  if (decision.published === undefined || findField(source.schema, overlap.column) === undefined)
    throw new EtlError('bug.unreachable', `an overlap of ${name} with nothing that was published`)
  const published = `${name}@published`
  const again = unionOf(bindRows(`${name}@again`, found, source, inputs), source)
  inputs.set(published, { kind: 'lake', files: await decision.published.files(), schema })
  const unknown = withoutKnown(again, { kind: 'scan', input: published, schema: source.schema }, overlap)
  const hasFresh = fetched.fresh.length + (fetched.typed ?? []).length > 0
  return { fetched, plan: unionOf(hasFresh ? [...fresh, unknown] : [unknown], source), inputs }
}

/** Scans of fetched files: of those that are to be judged, of those that hold rows already, and of none where there are none. */
function bindRows(
  name: string,
  { files, typed }: { readonly files: Fetched['fresh']; readonly typed: readonly LakeFile[] },
  source: RemoteWork['source'],
  inputs: Map<string, ScanBinding>,
): readonly ScanNode[] {
  const { format, schema } = source
  const scans: ScanNode[] = []
  const bind = (input: string, binding: ScanBinding): void => {
    inputs.set(input, binding)
    scans.push({ kind: 'scan', input, schema })
  }
  if (files.length > 0 || typed.length === 0) bind(name, { kind: 'files', scan: { format, schema, files } })
  if (typed.length > 0)
    bind(`${name}@typed`, { kind: 'lake', files: typed, schema: schema.map((f, i) => ({ ...f, id: i + 1 })) })
  return scans
}

function unionOf(parts: readonly Node[], { schema }: RemoteWork['source']): Node {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : { kind: 'union', inputs: parts, schema }
}
