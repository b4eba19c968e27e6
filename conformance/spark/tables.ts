import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import type {
  Engine,
  IdField,
  LakeFile,
  MaterialiseResult,
  PartitionField,
  RowFunction,
  ScanBinding,
} from '../../packages/etl/src/engine/contract.ts'
import { fieldIds } from '../../packages/etl/src/engine/duckdb/field-ids.ts'
import { quoteName, sqlLiteral } from '../../packages/etl/src/function/dialect.ts'
import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import { type Node, primaryInput } from '../../packages/etl/src/plan/node.ts'

/** Writes rows as one lake file by DuckDB itself and binds it. */
export async function lakeFile(
  folder: string,
  schema: readonly IdField[],
  rows: readonly (readonly LiteralValue[])[],
): Promise<Extract<ScanBinding, { kind: 'lake' }>> {
  const select = (values: readonly LiteralValue[]): string =>
    `SELECT ${schema.map((c, i) => `${sqlLiteral(values[i] ?? null, c.type, 'duckdb')} AS ${quoteName(c.name)}`).join(', ')}`
  const body = rows.length === 0 ? `${select([])} WHERE false` : rows.map(select).join(' UNION ALL ')
  const path = join(folder, `${randomUUID()}.parquet`)
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`COPY (${body}) TO '${path}' (FORMAT parquet, FIELD_IDS ${fieldIds(schema)})`)
  connection.closeSync()
  instance.closeSync()
  return { kind: 'lake', files: [{ path, rows: rows.length, bytes: 1 }], schema }
}

export interface Build {
  readonly plan: Node
  readonly schema: readonly IdField[]
  readonly inputs: ReadonlyMap<string, ScanBinding>
  readonly partition?: readonly PartitionField[]
  readonly functions?: ReadonlyMap<string, RowFunction>
  /** Absolute; a folder of its own is made in it. */
  readonly folder: string
}

/** Materialises a plan on an engine into a folder of its own. */
export async function build(engine: Engine, b: Build): Promise<MaterialiseResult> {
  const at = join(b.folder, randomUUID())
  return engine.materialise({
    plan: b.plan,
    inputs: b.inputs,
    primary: primaryInput(b.plan),
    schema: b.schema,
    partition: b.partition ?? [],
    folder: join(at, 'data'),
    rejectFolder: join(at, 'rejects'),
    scratch: join(at, 'scratch'),
    functions: b.functions ?? new Map(),
    targetFileBytes: 128e6,
  })
}

/** The rows of files in their order, each as JSON in canonical form. */
export async function rowsOf(
  engine: Engine,
  files: readonly LakeFile[],
  schema: readonly IdField[],
): Promise<readonly string[]> {
  if (files.length === 0) return []
  const tables = [{ name: 'built.result', files, schema }]
  await using result = await engine.query({ sql: 'SELECT * FROM built.result', tables })
  const rows: string[] = []
  for await (const chunk of result.chunks) {
    for (let i = 0; i < chunk.rows; i++) rows.push(JSON.stringify(chunk.columns.map((c) => c[i])))
  }
  return rows
}
