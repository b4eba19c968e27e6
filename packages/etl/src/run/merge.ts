import { EtlError } from '../base/errors.ts'
import type { IdField, ScanBinding } from '../engine/contract.ts'
import type { Node } from '../plan/node.ts'
import type { Decision } from './decide.ts'
import { bindings } from './bind.ts'
import type { TableRunOptions } from './options.ts'
import { ascendingOf, successionOf } from './succession.ts'
import { withoutKeys } from './without-known.ts'

/** A plan that merges new rows into the published ones, rewriting only the files that hold their keys. */
export interface MergePlan {
  readonly plan: Node
  readonly inputs: ReadonlyMap<string, ScanBinding>
  /** Paths of the published files that the result replaces. */
  readonly replaced: readonly string[]
}

/**
 * Plans a merge by key, over the published rows of the touched files. Where the table's root is a dedupe, they and the new
 * rows compete in it; its order is total, so the result equals a full build. In a succession the new rows of a key take the
 * place of the published ones.
 */
export async function mergePlan(
  decision: Decision,
  schema: readonly IdField[],
  scratch: string,
  options: TableRunOptions,
): Promise<MergePlan> {
  const root = decision.table.plan
  const dedupe = root.kind === 'dedupe' ? root : successionOf(root, ascendingOf(decision.table))
  if (dedupe === undefined || decision.published === undefined) {
    throw new EtlError('bug.unreachable', 'a merge needs a dedupe and a published table')
  }
  const published = await decision.published.files()
  const touched = await options.engine.filesHoldingKeys({
    plan: dedupe.from,
    inputs: bindings(decision),
    keys: dedupe.by,
    files: published,
    schema,
    scratch,
    ...(options.signal ? { signal: options.signal } : {}),
  })
  const current = `${decision.table.declaration.name}@published`
  const present: Node = { kind: 'scan', input: current, schema: root.schema }
  const plan: Node =
    root.kind === 'dedupe'
      ? {
          ...root,
          from: { kind: 'union', inputs: [root.from, present], schema: root.schema },
        }
      : {
          kind: 'union',
          inputs: [root, withoutKeys(present, dedupe.from, dedupe.by)],
          schema: root.schema,
        }
  const files = published.filter((f) => touched.includes(f.path))
  return { plan, inputs: new Map([[current, { kind: 'lake', files, schema }]]), replaced: touched }
}
