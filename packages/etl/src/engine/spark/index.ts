import type { Diagnostic } from '../../base/errors.ts'
import { EtlError } from '../../base/errors.ts'
import { type Node, walkNode } from '../../plan/node.ts'
import type { LogicalType } from '../../plan/type.ts'
import type { Engine, PartitionField } from '../contract.ts'
import { holdsKind, refusals } from '../print/refusal.ts'
import { filesHoldingKeys } from './key-search.ts'
import { materialise } from './materialise.ts'
import { refusedPartition } from './partition.ts'
import type { OpenSparkSession } from './session.ts'

export interface SparkOptions {
  /** Opens a session on the server. */
  readonly open: OpenSparkSession
  /** Reads source files and queries, and writes exports: what must be alike on every engine, or stays on this machine. */
  readonly embedded: Engine
  /** Calls that may run at the same time; default 4. */
  readonly concurrency?: number
}

const refused = (what: string): Diagnostic => ({
  code: 'engine.refused',
  severity: 'error',
  message: `spark refuses ${what}`,
})

const inside = (type: LogicalType): readonly LogicalType[] => {
  switch (type.kind) {
    case 'list':
      return [type.element]
    case 'map':
      return [type.key, type.value]
    case 'struct':
      return type.fields.map((f) => f.type)
    default:
      return []
  }
}

function refusedTypes(plan: Node): readonly Diagnostic[] {
  const found: Diagnostic[] = []
  for (const f of plan.schema) {
    if (holdsKind(f.type, ['uuid'])) {
      found.push(
        refused(
          `column "${f.name}": not yet: a uuid lies in files as 16 bytes of fixed length, and Spark writes bytes of any length only; to_text() keeps it as text`,
        ),
      )
    }
  }
  walkNode(plan, (node) => {
    if (node.kind !== 'scan') return
    for (const f of node.schema) {
      if (inside(f.type).some((t) => holdsKind(t, ['uuid'])))
        found.push(
          refused(`column "${f.name}" of ${node.input}: not yet: a uuid inside a list, map or struct`),
        )
    }
  })
  return found
}

/** All that Spark refuses of a table's plan and partitioning. Source files are the embedded engine's. */
function refuses(plan: Node, partition: readonly PartitionField[] = []): readonly Diagnostic[] {
  // A copy of source files is written by the engine that reads them.
  if (plan.kind === 'scan') return []
  const wrong = refusedPartition(partition, plan.schema)
  return [...refusals(plan, 'spark'), ...refusedTypes(plan), ...(wrong === undefined ? [] : [refused(wrong)])]
}

/**
 * Opens Spark as an engine. Plans over lake tables run on the server, which reads the lake's files and writes data files
 * into it; the lake must lie on storage that both sides see under the same path. Source files are read by the embedded
 * engine into staging files first.
 */
export function openSpark(options: SparkOptions): Engine {
  const { open, embedded } = options
  return {
    name: 'spark',
    concurrency: options.concurrency ?? 4,
    refuses,
    materialise: async (request) => {
      const { plan, inputs } = request
      const only = plan.kind === 'scan' ? inputs.get(plan.input) : undefined
      if (only?.kind === 'files') return embedded.materialise(request)
      const [first, ...others] = [
        ...refusals(plan, 'spark'),
        ...refusedTypes(plan),
        ...[refusedPartition(request.partition, plan.schema)].filter((r) => r !== undefined).map(refused),
      ]
      if (first !== undefined)
        throw new EtlError('engine.refused', first.message, { diagnostics: [first, ...others] })
      return materialise(request, open, embedded)
    },
    export: (request) => embedded.export(request),
    query: (request) => embedded.query(request),
    filesHoldingKeys: (search) => filesHoldingKeys(search, open, embedded),
    [Symbol.asyncDispose]: () => embedded[Symbol.asyncDispose](),
  }
}
