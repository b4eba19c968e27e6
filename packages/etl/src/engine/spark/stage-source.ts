import path from 'node:path'
import type { Schema } from '../../plan/type.ts'
import type { Engine, IdField, MaterialiseRequest, ScanBinding, WrittenFile } from '../contract.ts'
import type { LakeInput } from './lower.ts'

type Staged = Pick<MaterialiseRequest, 'inputs' | 'scratch' | 'targetFileBytes' | 'signal'>

/** Source files read by the embedded engine, as lake files that Spark goes on with. */
export interface StagedInputs {
  readonly inputs: ReadonlyMap<string, LakeInput>
  /** Reject files that the readers wrote. */
  readonly rejects: readonly WrittenFile[]
  /** Records that became no rows. */
  readonly rejected: number
}

/** Gives every field and member an id of its own. */
export function withIds(schema: Schema): readonly IdField[] {
  let next = 0
  const named = (f: Schema[number]): IdField => {
    const id = ++next
    const member = (name: string, type: Schema[number]['type']): IdField =>
      named({ name, type, nullable: true })
    switch (f.type.kind) {
      case 'list':
        return { ...f, id, nested: [member('element', f.type.element)] }
      case 'map':
        return { ...f, id, nested: [member('key', f.type.key), member('value', f.type.value)] }
      case 'struct':
        return { ...f, id, nested: f.type.fields.map(named) }
      default:
        return { ...f, id }
    }
  }
  return schema.map(named)
}

/**
 * Binds every input to lake files. Files of connectors are read by the embedded engine into staging files, so that a
 * record that is rejected is rejected alike on every engine.
 */
export async function stageSources(
  embedded: Engine,
  request: Staged,
  rejectFolder: string,
): Promise<StagedInputs> {
  const inputs = new Map<string, LakeInput>()
  const rejects: WrittenFile[] = []
  let rejected = 0
  for (const [name, binding] of request.inputs) {
    if (binding.kind === 'lake') {
      inputs.set(name, binding)
      continue
    }
    const staged = await stage(embedded, request, [name, binding], rejectFolder)
    inputs.set(name, staged)
    rejects.push(...staged.rejects)
    rejected += staged.counts.rejected
  }
  return { inputs, rejects, rejected }
}

async function stage(
  embedded: Engine,
  request: Staged,
  [name, binding]: readonly [string, Extract<ScanBinding, { kind: 'files' }>],
  rejectFolder: string,
): Promise<LakeInput & Pick<Awaited<ReturnType<Engine['materialise']>>, 'rejects' | 'counts'>> {
  const schema = withIds(binding.scan.schema)
  const result = await embedded.materialise({
    plan: { kind: 'scan', input: name, schema: binding.scan.schema },
    inputs: new Map([[name, binding]]),
    primary: name,
    schema,
    partition: [],
    folder: path.join(request.scratch, 'source'),
    rejectFolder,
    scratch: path.join(request.scratch, 'reading'),
    functions: new Map(),
    targetFileBytes: request.targetFileBytes,
    ...(request.signal ? { signal: request.signal } : {}),
  })
  return { files: result.files, schema, rejects: result.rejects, counts: result.counts }
}
