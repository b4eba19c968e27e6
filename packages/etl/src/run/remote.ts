import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../base/errors.ts'
import { type Fetched, remoteOf } from '../connector/remote.ts'
import type { IdField, ScanBinding } from '../engine/contract.ts'
import type { Node, ScanNode } from '../plan/node.ts'
import { findField } from '../plan/type.ts'
import { contentOf } from './content.ts'
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
  const { objects, onProgress, signal } = options
  const given = await (
    await remoteOf(source, objects)
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
  const fetched =
    given.isWhole === true ? { ...given, position: await contentOf(given.fresh, source.format) } : given
  const { name } = decision.table.declaration
  const scan: ScanNode = { kind: 'scan', input: name, schema: source.schema }
  const bind = (files: Fetched['fresh']): ScanBinding => ({
    kind: 'files',
    scan: { format: source.format, schema: source.schema, files },
  })
  const inputs = new Map([[name, bind(fetched.fresh)]])
  const { overlap } = fetched
  if (overlap === undefined || overlap.files.length === 0) return { fetched, plan: scan, inputs }
  if (decision.published === undefined || findField(source.schema, overlap.column) === undefined)
    throw new EtlError('bug.unreachable', `an overlap of ${name} with nothing that was published`)
  const [again, published] = [`${name}@again`, `${name}@published`]
  inputs.set(again, bind(overlap.files))
  inputs.set(published, { kind: 'lake', files: await decision.published.files(), schema })
  const unknown = withoutKnown({ ...scan, input: again }, { ...scan, input: published }, overlap)
  const plan: Node =
    fetched.fresh.length === 0 ? unknown : { kind: 'union', inputs: [scan, unknown], schema: source.schema }
  return { fetched, plan, inputs }
}
