import type { CompiledTable } from '../author/table.ts'
import { EtlError } from '../base/errors.ts'
import { type Probe, remoteOf } from '../connector/remote.ts'
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
  signal?: AbortSignal,
): Promise<readonly SourceProbe[]> {
  const probes: SourceProbe[] = []
  for (const { declaration } of tables) {
    const source = sourceOf(declaration)
    if (source?.kind !== 'remote') continue
    const place = { table: declaration.name, connector: source.connector }
    try {
      probes.push({ ...place, seen: await (await remoteOf(source)).probe(source, signal) })
    } catch (error) {
      if (!(error instanceof EtlError)) throw error
      probes.push({ ...place, error })
    }
  }
  return probes
}
