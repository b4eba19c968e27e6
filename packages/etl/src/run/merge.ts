import { EtlError } from '../base/errors.ts'
import type { IdField, ScanBinding } from '../engine/contract.ts'
import type { DedupeNode, Node } from '../plan/node.ts'
import type { Decision } from './decide.ts'
import { bindings } from './bind.ts'
import type { TableRunOptions } from './options.ts'

/** A plan that merges new rows into the published ones, rewriting only the files that hold their keys. */
export interface MergePlan {
  readonly plan: Node
  readonly inputs: ReadonlyMap<string, ScanBinding>
  /** Paths of the published files that the result replaces. */
  readonly replaced: readonly string[]
}

/**
 * Plans a merge by key: published rows of the touched files and the new rows compete in the table's own dedupe. Its
 * order is total, so the result equals a full build.
 */
export async function mergePlan(
  decision: Decision,
  schema: readonly IdField[],
  scratch: string,
  options: TableRunOptions,
): Promise<MergePlan> {
  const root = decision.table.plan
  if (root.kind !== 'dedupe' || decision.published === undefined) {
    throw new EtlError('bug.unreachable', 'a merge needs a dedupe and a published table')
  }
  const published = await decision.published.files()
  const touched = await options.engine.filesHoldingKeys({
    plan: root.from,
    inputs: bindings(decision),
    keys: root.by,
    files: published,
    schema,
    scratch,
    ...(options.signal ? { signal: options.signal } : {}),
  })
  const current = `${decision.table.declaration.name}@published`
  const plan: DedupeNode = {
    ...root,
    from: {
      kind: 'union',
      inputs: [root.from, { kind: 'scan', input: current, schema: root.schema }],
      schema: root.schema,
    },
  }
  const files = published.filter((f) => touched.includes(f.path))
  return { plan, inputs: new Map([[current, { kind: 'lake', files, schema }]]), replaced: touched }
}
