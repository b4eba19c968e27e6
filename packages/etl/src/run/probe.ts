import type { CompiledTable } from '../author/table.ts'
import type { TargetDeclaration } from '../author/target.ts'
import { EtlError } from '../base/errors.ts'
import { type Probe, remoteOf, sourceIn } from '../connector/remote.ts'
import { openS3, type S3Options } from '../store/s3/index.ts'
import { probeWarehouse, type WarehouseProbe, warehousePlace } from '../target/probe.ts'
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
  options: {
    readonly projectFolder: string
    readonly s3?: S3Options | undefined
    readonly signal?: AbortSignal
  },
): Promise<readonly SourceProbe[]> {
  await using objects = openS3(options.s3)
  const probes: SourceProbe[] = []
  for (const { declaration } of tables) {
    const source = sourceOf(declaration)
    if (source?.kind !== 'remote') continue
    const place = { table: declaration.name, connector: source.connector }
    try {
      const remote = await remoteOf(source, objects)
      const placed = sourceIn(options.projectFolder, source)
      probes.push({ ...place, seen: await remote.probe(placed, options.signal) })
    } catch (error) {
      if (!(error instanceof EtlError)) throw error
      probes.push({ ...place, error })
    }
  }
  return probes
}

/** What a connection check of one warehouse saw, or why it failed. */
export interface TargetsProbe {
  /** Where it is. */
  readonly warehouse: string
  readonly targets: readonly string[]
  readonly seen?: WarehouseProbe
  readonly error?: EtlError
}

/** Connects to every warehouse that targets are delivered into, and asks it; one after the other. */
export async function probeWarehouses(
  targets: readonly TargetDeclaration[],
  projectFolder: string,
): Promise<readonly TargetsProbe[]> {
  const probes: TargetsProbe[] = []
  // Two declarations of one place are one warehouse only when they say the same.
  for (const group of Map.groupBy(targets, (t) => JSON.stringify(t.to)).values()) {
    const [first] = group
    if (first === undefined) continue
    const place = { warehouse: warehousePlace(first.to), targets: group.map((t) => t.name) }
    const schemas = [...new Set(group.map((t) => t.name.split('.')[0] ?? ''))]
    try {
      probes.push({ ...place, seen: await probeWarehouse(first.to, schemas, projectFolder) })
    } catch (error) {
      if (!(error instanceof EtlError)) throw error
      probes.push({ ...place, error })
    }
  }
  return probes
}
