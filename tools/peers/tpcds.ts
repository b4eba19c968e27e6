import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { peerFolder, runCommand } from './command.ts'
import { pythonWith } from './python.ts'

/** The last DuckDB wheel that was seen to carry the TPC-DS generator and its query texts within it. */
export const tpcdsPackages: readonly string[] = ['duckdb==1.1.3']

/** One column as the generator declares it. */
export interface TpcdsColumn {
  readonly table: string
  readonly name: string
  /** DuckDB's type: INTEGER, VARCHAR, DATE or DECIMAL(p,s). */
  readonly type: string
}

/** TPC-DS as DuckDB's generator gives it: data in Parquet files with field ids from 1, and the 99 queries. */
export interface Tpcds {
  readonly columns: readonly TpcdsColumn[]
  /** Absolute paths and rows of the one file per table. */
  readonly files: ReadonlyMap<
    string,
    { readonly path: string; readonly rows: number; readonly bytes: number }
  >
  readonly queries: readonly { readonly number: number; readonly sql: string }[]
}

const script = `
import duckdb, json, os, sys
scale, folder = sys.argv[1], sys.argv[2]
c = duckdb.connect()
c.execute(f"SET threads = 2; CALL dsdgen(sf = {scale})")
columns = c.execute("SELECT table_name, column_name, data_type FROM information_schema.columns ORDER BY table_name, ordinal_position").fetchall()
tables = sorted({t for t, _, _ in columns})
files = []
for t in tables:
    names = [n for u, n, _ in columns if u == t]
    ids = ", ".join(f'"{n}": {i + 1}' for i, n in enumerate(names))
    path = os.path.join(folder, t + ".parquet")
    rows = c.execute(f"COPY {t} TO '{path}' (FORMAT parquet, FIELD_IDS {{{ids}}})").fetchone()[0]
    files.append([t, rows, os.path.getsize(path)])
queries = c.execute("SELECT query_nr, query FROM tpcds_queries() ORDER BY query_nr").fetchall()
with open(os.path.join(folder, "tpcds.json"), "w") as f:
    json.dump({"columns": columns, "files": files, "queries": queries}, f)
`

interface Written {
  readonly columns: readonly (readonly [string, string, string])[]
  readonly files: readonly (readonly [string, number, number])[]
  readonly queries: readonly (readonly [number, string])[]
}

/**
 * Generates TPC-DS once at a scale factor (0.1: 5 seconds and 30 MB; 1: 30 seconds and 300 MB) and returns where it is.
 * Needs `python3` with venv, and PyPI on the first call.
 */
export async function installTpcds(scale: number): Promise<Tpcds> {
  const folder = join(peerFolder, `tpcds-${scale}`)
  if (!existsSync(join(folder, 'tpcds.json'))) {
    const python = await pythonWith('tpcds', tpcdsPackages)
    const fresh = `${folder}.${process.pid}`
    await mkdir(fresh, { recursive: true })
    const file = join(fresh, 'generate.py')
    await writeFile(file, script)
    await runCommand(python, [file, String(scale), fresh])
    await rm(folder, { recursive: true, force: true })
    await rename(fresh, folder)
  }
  const written = JSON.parse(await readFile(join(folder, 'tpcds.json'), 'utf8')) as Written
  return {
    columns: written.columns.map(([table, name, type]) => ({ table, name, type })),
    files: new Map(
      written.files.map(([t, rows, bytes]) => [t, { path: join(folder, `${t}.parquet`), rows, bytes }]),
    ),
    queries: written.queries.map(([number, sql]) => ({ number, sql })),
  }
}
