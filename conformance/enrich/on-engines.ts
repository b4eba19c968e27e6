import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import type { Engine, MaterialiseResult, ScanBinding } from '../../packages/etl/src/engine/contract.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { withIds } from '../../packages/etl/src/engine/spark/stage-source.ts'
import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import type { Node, ScanNode } from '../../packages/etl/src/plan/node.ts'
import type { FileScan } from '../../packages/etl/src/plan/source.ts'
import type { Schema } from '../../packages/etl/src/plan/type.ts'
import type { Lowered } from '../../packages/etl/src/step/contract.ts'
import { isSkipped, lines, skipTitle, sparkEngine } from '../spark/lines.ts'
import { build, lakeFile, rowsOf } from '../spark/tables.ts'

export type Row = readonly LiteralValue[]

/** What came of a plan: rows as canonical JSON, sorted, and the counts. */
export interface Outcome {
  readonly rows: readonly string[]
  readonly counts: MaterialiseResult['counts']
}

/** An engine that a suite runs plans on, and room for files. */
export interface Bench {
  /** True for the embedded engine, on which many small plans cost little. */
  readonly isEmbedded: boolean
  readonly folder: () => string
  /** Writes rows as a lake table and returns its scan. */
  table(name: string, schema: Schema, rows: readonly Row[]): Promise<Bound>
  /** Reads files of a connector into a lake table, as the raw table of a project, and returns its scan. */
  land(name: string, scan: FileScan): Promise<Bound>
  run(plan: Lowered, inputs: readonly Bound[]): Promise<Outcome>
}

/** A scan and what it is bound to. */
export interface Bound {
  readonly scan: ScanNode
  readonly binding: ScanBinding
}

const bound = (name: string, schema: Schema, binding: ScanBinding): Bound => ({
  scan: { kind: 'scan', input: `t.${name}`, schema },
  binding,
})

function benchOn(
  engine: () => Engine,
  embedded: () => Engine,
  folder: () => string,
  isEmbedded: boolean,
): Bench {
  return {
    isEmbedded,
    folder,
    table: async (name, schema, rows) => bound(name, schema, await lakeFile(folder(), withIds(schema), rows)),
    land: async (name, scan) => {
      const { scan: plan, binding } = bound(name, scan.schema, { kind: 'files', scan })
      const schema = withIds(scan.schema)
      const inputs = new Map([[plan.input, binding]])
      const { files, counts } = await build(engine(), { plan, schema, inputs, folder: folder() })
      if (counts.rejected > 0) throw new Error(`${counts.rejected} records of ${name} were rejected`)
      return bound(name, scan.schema, { kind: 'lake', files, schema })
    },
    run: async (plan, inputs) => {
      if (!('kind' in plan)) throw new Error(JSON.stringify(plan))
      const schema = withIds((plan as Node).schema)
      const bindings = new Map(inputs.map((i) => [i.scan.input, i.binding]))
      const { files, counts } = await build(engine(), { plan, schema, inputs: bindings, folder: folder() })
      return { rows: (await rowsOf(embedded(), files, schema)).toSorted(), counts }
    },
  }
}

/** Describes a suite on the embedded engine, and on Spark of every line where it can be run. */
export function describeOnEngines(title: string, suite: (bench: Bench) => void): void {
  const opened = (open: () => Promise<Engine>, isEmbedded: boolean): void => {
    let engine: Engine
    let embedded: Engine
    let folder = ''
    beforeAll(async () => {
      folder = await mkdtemp(join(tmpdir(), 'enrich-'))
      embedded = openDuckdb({ memoryLimitBytes: 512 * 2 ** 20, threads: 2 })
      engine = isEmbedded ? embedded : await open()
    })
    afterAll(async () => {
      await engine[Symbol.asyncDispose]()
      if (!isEmbedded) await embedded[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    })
    suite(
      benchOn(
        () => engine,
        () => embedded,
        () => folder,
        isEmbedded,
      ),
    )
  }
  describe(`${title} on DuckDB`, () => opened(async () => openDuckdb(), true))
  describe.skipIf(isSkipped).each(lines)(`${title} on Spark %s${skipTitle}`, (line) =>
    opened(() => sparkEngine(line, openDuckdb({ memoryLimitBytes: 256e6, threads: 1 })), false),
  )
}
