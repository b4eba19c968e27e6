import type { LakeFile, ScanBinding } from '../engine/contract.ts'
import type { Node, ScanNode } from '../plan/node.ts'
import type { FileFormat, ResolvedFile } from '../plan/source.ts'
import type { Schema } from '../plan/type.ts'

/** What files of a fetch hold. */
interface Shape {
  readonly format: FileFormat
  readonly schema: Schema
}

/**
 * Binds fetched files to inputs called after `name`: files that are to be judged, and files that hold rows already. Gives
 * the node of their rows; one without rows where there are no files.
 */
export function bindFetched(
  name: string,
  found: { readonly files: readonly ResolvedFile[]; readonly typed: readonly LakeFile[] },
  { format, schema }: Shape,
  inputs: Map<string, ScanBinding>,
): Node {
  const scans: ScanNode[] = []
  const bind = (input: string, binding: ScanBinding): void => {
    inputs.set(input, binding)
    scans.push({ kind: 'scan', input, schema })
  }
  const { files, typed } = found
  if (files.length > 0 || typed.length === 0) bind(name, { kind: 'files', scan: { format, schema, files } })
  if (typed.length > 0)
    bind(`${name}@typed`, {
      kind: 'lake',
      files: typed,
      schema: schema.map((f, i) => ({ ...f, id: i + 1 })),
      isLocal: true,
    })
  return unionOf(scans, schema)
}

/** Rows of several nodes of one schema. */
export function unionOf(parts: readonly Node[], schema: Schema): Node {
  const [only] = parts
  return parts.length === 1 && only !== undefined ? only : { kind: 'union', inputs: parts, schema }
}
