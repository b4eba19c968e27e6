import { mkdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { TableDeclaration } from '../../packages/etl/src/author/table.ts'
import type { Counts, Engine } from '../../packages/etl/src/engine/contract.ts'
import { isConserved } from '../../packages/etl/src/engine/contract.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import type { FolderLake, Lake, LakeTable } from '../../packages/etl/src/lake/index.ts'
import { holding } from '../../packages/etl/src/run/holding.ts'
import { maintain, type MaintainReport } from '../../packages/etl/src/run/maintain.ts'
import { assertSound, compileProject } from '../../packages/etl/src/run/project.ts'
import { run, type RunOptions } from '../../packages/etl/src/run/run.ts'
import type { RunReport, TableReport } from '../../packages/etl/src/run/report.ts'
import { isS3 } from '../../packages/etl/src/store/address.ts'
import { type TemporaryLake, temporaryLake } from '../lake/temporary-lake.ts'

/** A folder with a lake, an engine and room for delivered files. */
export interface Workshop extends AsyncDisposable {
  readonly folder: string
  readonly lake: FolderLake
  readonly engine: Engine
  /** Writes a file below the folder `in`; returns its path. */
  deliver(name: string, lines: readonly string[]): Promise<string>
  run(
    tables: readonly TableDeclaration[],
    options?: Partial<RunOptions>,
  ): Promise<RunReport & { readonly by: ReadonlyMap<string, TableReport> }>
  /** Rows as the engine's query gives them, each as JSON with numbers as text, sorted. */
  rows(table: string, lake?: Lake): Promise<readonly string[]>
  load(table: string): Promise<LakeTable>
  /** Compacts a table's files; keeps so many snapshots (default: all), and orphans of that age (default: a minute). */
  maintain(table: string, keep?: number, orphansOlderThanMs?: number): Promise<MaintainReport>
}

/** Opens a workshop in a fresh temporary folder whose name begins with `prefix`. */
export async function openWorkshop(prefix = 'run-'): Promise<Workshop> {
  return workshopAt(await temporaryLake(prefix))
}

/** Opens a workshop over a lake, which ends with it. */
export function workshopAt(at: TemporaryLake): Workshop {
  const engine = openDuckdb({ threads: 2, memoryLimitBytes: 512 * 2 ** 20 })
  const { lake } = at
  const { scratch } = lake
  // Of a lake in S3 only the copies are here.
  const folder = isS3(at.folder) ? join(scratch, '..', 'work') : at.folder
  const load = async (name: string): Promise<LakeTable> => {
    const table = await lake.load(name)
    if (table === undefined) throw new Error(`the lake has no table ${name}`)
    return table
  }
  return {
    folder,
    lake,
    engine,
    load,
    deliver: async (name, lines) => {
      const path = join(folder, 'in', name)
      await mkdir(dirname(path), { recursive: true })
      await writeFile(path, `${lines.join('\n')}\n`)
      return path
    },
    run: async (tables, options = {}) => {
      const compiled = assertSound(await compileProject(tables))
      const report = await run(compiled, { lake, engine, projectFolder: folder, scratch, ...options })
      for (const table of report.tables) assertConserved(table)
      return { ...report, by: new Map(report.tables.map((t) => [t.table, t])) }
    },
    rows: (name, from = lake) => readAll(engine, from, name),
    maintain: (name, keep = 1000, orphansOlderThanMs = 60_000) =>
      maintain(lake, name, {
        engine,
        scratch,
        targetFileBytes: 2 ** 27,
        keep,
        // Negative: snapshots of this very millisecond, too.
        olderThanMs: -60_000,
        orphansOlderThanMs,
      }),
    [Symbol.asyncDispose]: async () => {
      await engine[Symbol.asyncDispose]()
      await at[Symbol.asyncDispose]()
    },
  }
}

function assertConserved(table: TableReport): void {
  if (table.counts === undefined || isConserved(table.counts)) return
  throw new Error(`${table.table} lost rows: ${JSON.stringify(table.counts)}`)
}

async function readAll(engine: Engine, lake: Lake, name: string): Promise<readonly string[]> {
  const table = await lake.load(name)
  if (table === undefined) throw new Error(`the lake has no table ${name}`)
  const [namespace, own] = name.split('.')
  await using result = await holding(engine, lake).query({
    sql: `select * from "${namespace}"."${own}"`,
    tables: [{ name, files: await table.files(), schema: table.schema }],
  })
  const rows: string[] = []
  for await (const chunk of result.chunks) {
    for (let i = 0; i < chunk.rows; i++) rows.push(JSON.stringify(chunk.columns.map((c) => textOf(c[i]))))
  }
  return rows.toSorted()
}

const textOf = (value: unknown): unknown => (typeof value === 'number' ? String(value) : value)

/** What became of the tables of a run: name, action and reasons, or the outcome when nothing was published. */
export const story = (report: RunReport): readonly string[] =>
  report.tables.map(
    (t) =>
      `${t.table} ${t.outcome === 'published' ? t.action : t.outcome}: ${t.error?.code ?? t.reasons.join(', ')}`,
  )

/** Counts without the zeros. */
export const counted = (table: TableReport | undefined): Partial<Counts> =>
  Object.fromEntries(Object.entries(table?.counts ?? {}).filter(([, n]) => n !== 0))
