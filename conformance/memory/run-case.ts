/**
 * Runs one case of the memory suite in a process of its own and prints, as JSON, how long it took, the largest resident
 * set of the process and the files it wrote.
 *
 * usage: node run-case.ts CASE LIMIT_BYTES INPUT_FILES FOLDER
 *
 * INPUT_FILES are the lake's files as JSON.
 */
import { join } from 'node:path'
import type { Rows } from '../../packages/etl/src/author/typescript/index.ts'
import { EtlError } from '../../packages/etl/src/base/errors.ts'
import type { Engine, LakeFile } from '../../packages/etl/src/engine/contract.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { table } from '../../packages/etl/src/index.ts'
import type { Columns } from '../../packages/etl/src/plan/columns.ts'
import { type Node, primaryInput } from '../../packages/etl/src/plan/node.ts'
import type { MemoryCase } from './case.ts'
import { cases } from './cases.ts'
import { wideSchema } from './input.ts'

const [name = '', limit = '', input = '[]', folder = ''] = process.argv.slice(2)
const lakeFiles = JSON.parse(input) as LakeFile[]
const rows = lakeFiles.reduce((sum, f) => sum + f.rows, 0)
const binding = { kind: 'lake', files: lakeFiles, schema: wideSchema } as const
const inputs = new Map([
  ['memory.wide', binding],
  ['memory.other', binding],
])

function planOf(from: Rows<Columns>): Node {
  const { content, diagnostics } = table('memory.made', { from })
  if (content.kind !== 'plan') throw new Error(JSON.stringify(diagnostics))
  return content.root
}

async function runCase(c: MemoryCase, engine: Engine): Promise<readonly string[]> {
  const plan = planOf(c.plan(rows))
  if (c.merges !== undefined) {
    const search = { plan: planOf(c.merges()), inputs, keys: ['id'], scratch: join(folder, 'scratch') }
    const held = await engine.filesHoldingKeys({ ...search, files: binding.files, schema: wideSchema })
    if (held.length !== lakeFiles.length) throw new Error(`${held.length} files hold the keys`)
  }
  const { files } = await engine.materialise({
    plan,
    inputs,
    primary: primaryInput(plan),
    schema: plan.schema.map((f, i) => ({ id: i + 1, ...f })),
    partition: c.partition ?? [],
    folder: join(folder, 'data'),
    rejectFolder: join(folder, 'rejects'),
    scratch: join(folder, 'scratch'),
    functions: new Map(),
    targetFileBytes: 512 * 2 ** 20,
  })
  return files.map((f) => f.path)
}

const found = cases.find((c) => c.name === name)
if (found === undefined) throw new Error(`there is no case "${name}"`)
const started = performance.now()
let outcome: object
try {
  await using engine = openDuckdb({ memoryLimitBytes: Number(limit), threads: 2, concurrency: 1 })
  outcome = { files: await runCase(found, engine) }
} catch (error) {
  outcome = { failure: error instanceof EtlError ? `${error.code}: ${error.message}` : String(error) }
}
const peakBytes = process.resourceUsage().maxRSS * 1024
process.stdout.write(JSON.stringify({ ms: performance.now() - started, peakBytes, ...outcome }))
