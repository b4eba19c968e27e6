import type { CompiledTable } from '../author/table.ts'
import { EtlError } from '../base/errors.ts'
import { type Probe, remoteOf } from '../connector/remote.ts'
import { openS3, type S3Options } from '../store/s3/index.ts'
import { sourceOf } from './definition.ts'

/** What a connection check of one table's source saw, or why it failed. */
export interface SourceProbe {
  readonly table: string
  readonly connector: string
  readonly seen?: Probe
  readonly error?: EtlError
}

/** Connects to the source of every table that has one over a connection, and asks it; one after the other. */
export async function probeSources(
  tables: readonly CompiledTable[],
  options: { readonly s3?: S3Options | undefined; readonly signal?: AbortSignal } = {},
): Promise<readonly SourceProbe[]> {
  await using objects = openS3(options.s3)
  const probes: SourceProbe[] = []
  for (const { declaration } of tables) {
    const source = sourceOf(declaration)
    if (source?.kind !== 'remote') continue
    const place = { table: declaration.name, connector: source.connector }
    try {
      probes.push({ ...place, seen: await (await remoteOf(source, objects)).probe(source, options.signal) })
    } catch (error) {
      if (!(error instanceof EtlError)) throw error
      probes.push({ ...place, error })
    }
  }
  return probes
}
