import { execFile } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { randomUUID } from 'node:crypto'
import type { Columns } from '../../packages/etl/src/connector/column.ts'
import { csv } from '../../packages/etl/src/connector/csv.ts'
import { jsonArray, ndjson } from '../../packages/etl/src/connector/json.ts'
import { parquet } from '../../packages/etl/src/connector/parquet.ts'
import { openFiles } from '../../packages/etl/src/engine/duckdb/read/index.ts'
import { readSource } from './read-source.ts'

const connectors = { csv, ndjson, jsonArray, parquet }

/** A file and how it is declared. */
export interface ChildJob {
  readonly connector: keyof typeof connectors
  readonly file: string
  readonly columns: Columns
}

/** What came of reading a file in a process of its own. */
export interface ChildReading {
  /** Undefined when the file was read. */
  readonly refused?: { readonly code: string; readonly message: string }
  readonly rows: number
  readonly rejects: readonly (readonly [line: number, reason: string])[]
  /** The most memory that the process had until then. */
  readonly peakMiB: number
  readonly durationMs: number
}

/**
 * Reads files one after another in a process of their own, each under an engine limit of 1 GiB, so that a crash fails a
 * test instead of ending all, and the peak of memory can be told. Where the process died or hung, later readings are
 * missing.
 */
export async function readInChild(
  jobs: readonly ChildJob[],
  timeoutMs = 120_000,
): Promise<readonly ChildReading[]> {
  const list = path.join(tmpdir(), `${randomUUID()}.json`)
  await writeFile(list, JSON.stringify(jobs))
  try {
    const { stdout } = await promisify(execFile)(process.execPath, [import.meta.filename, list], {
      timeout: timeoutMs,
      killSignal: 'SIGKILL',
      maxBuffer: 2 ** 26,
    }).catch((error: { readonly stdout: string; readonly stderr: string; readonly signal: string }) => {
      console.error(`the reading process ended by ${error.signal}: ${error.stderr}`)
      return error
    })
    return stdout
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => JSON.parse(line) as ChildReading)
  } finally {
    await rm(list)
  }
}

async function readHere({ connector, file, columns }: ChildJob): Promise<ChildReading> {
  const started = Date.now()
  const measured = (): Pick<ChildReading, 'peakMiB' | 'durationMs'> => ({
    peakMiB: process.resourceUsage().maxRSS / 1024,
    durationMs: Date.now() - started,
  })
  try {
    const seen = await readSource(connectors[connector](file, { columns }), [file], openFiles, 1)
    return { rows: seen.total, rejects: seen.rejects.map((r) => [r.line, r.reason]), ...measured() }
  } catch (error) {
    const { code = 'none', message } = error as Error & { code?: string }
    return { refused: { code, message }, rows: 0, rejects: [], ...measured() }
  }
}

const [, script, list] = process.argv
if (script === import.meta.filename) {
  const jobs = JSON.parse(await readFile(list ?? '', 'utf8')) as readonly ChildJob[]
  for (const job of jobs) process.stdout.write(`${JSON.stringify(await readHere(job))}\n`)
}
