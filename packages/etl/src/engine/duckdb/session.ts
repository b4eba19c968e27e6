import { mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { type DuckDBConnection, DuckDBInstance, type DuckDBValue } from '@duckdb/node-api'
import { quoteText } from '../../function/dialect.ts'
import { keepByteOrderMarks } from './byte-order-mark.ts'
import { engineFailure } from './failure.ts'
import { allowedForms } from './file-path.ts'
import { noRowsFile } from './no-rows.ts'
import { type Operator, readProfile } from './profile.ts'
import type { BegunSurvey } from './read/csv-survey.ts'

export interface SessionOptions {
  readonly memoryLimitBytes: number
  /** At most; fewer where each would have too little memory. */
  readonly threads: number
  /** Absolute folder for spill and staging; created when missing. */
  readonly scratch: string
  /** Absolute folders and files that statements may read and write, besides `scratch`. */
  readonly allowed: { readonly folders: readonly string[]; readonly files: readonly string[] }
  readonly signal?: AbortSignal
  /** A look at a file that was begun before the session; its maker disposes of it. */
  readonly ahead?: BegunSurvey
}

/** The least memory for a thread. Source: DuckDB, "OOM errors": at least 125 MB a thread. */
const bytesPerThread = 125_000_000

/** One in-memory DuckDB of its own, locked down: no files but the allowed ones, no extensions, no change of settings. */
export interface Session extends AsyncDisposable {
  readonly connection: DuckDBConnection
  readonly threads: number
  /** The bytes, before compression, at which a Parquet writer closes a row group: wide rows then fit the limit, too. */
  readonly rowGroupBytes: number
  readonly ahead?: BegunSurvey
  /** Runs a statement to its end. */
  run(sql: string, doing: string): Promise<void>
  /** Runs a bookkeeping query and returns all its rows, positionally. Not for data. */
  rows(sql: string, doing: string): Promise<DuckDBValue[][]>
  /** The first value of the first row, as a number. */
  count(sql: string, doing: string): Promise<number>
  /** Runs a statement and returns its rows and its operators with their row counts. */
  profiled(
    sql: string,
    doing: string,
  ): Promise<{ readonly rows: DuckDBValue[][]; readonly operators: readonly Operator[] }>
}

/** Rows that a partitioned write may hold back for each thread: of up to a KiB each, they take half of its memory. */
function heldBackRows(options: SessionOptions): number {
  const duckdbDefault = 524_288
  return Math.min(duckdbDefault, Math.ceil(options.memoryLimitBytes / options.threads / 2048))
}

async function configure(
  connection: DuckDBConnection,
  options: SessionOptions,
  profile: string,
): Promise<void> {
  const folders = [options.scratch, ...options.allowed.folders].flatMap((f) =>
    allowedForms(f.endsWith('/') ? f : `${f}/`),
  )
  // A COPY into a folder names the folder itself.
  const paths = [noRowsFile, ...options.allowed.files, ...options.allowed.folders].flatMap(allowedForms)
  const settings = [
    `SET TimeZone = 'UTC'`,
    `SET preserve_insertion_order = false`,
    // Where an estimate is too low, the nested loop that it allows would be quadratic.
    `SET asof_loop_join_threshold = 0`,
    `SET memory_limit = '${options.memoryLimitBytes}B'`,
    `SET temp_directory = ${quoteText(path.join(options.scratch, 'spill'))}`,
    `SET threads = ${options.threads}`,
    `SET partitioned_write_flush_threshold = ${heldBackRows(options)}`,
    // A literal among sort keys orders nothing, and harms nothing.
    `SET order_by_non_integer_literal = true`,
    `SET autoinstall_known_extensions = false`,
    `SET autoload_known_extensions = false`,
    `SET enable_progress_bar = true`,
    `SET enable_progress_bar_print = false`,
    `SET progress_bar_time = 0`,
    `SET custom_profiling_settings = '{"OPERATOR_CARDINALITY": "true", "OPERATOR_TYPE": "true", "OPERATOR_NAME": "true"}'`,
    `SET enable_profiling = 'json'`,
    `SET profiling_output = ${quoteText(profile)}`,
    `SET allowed_directories = [${folders.join(', ')}]`,
    `SET allowed_paths = [${paths.join(', ')}]`,
    `SET enable_external_access = false`,
    `SET lock_configuration = true`,
  ]
  await connection.run(settings.join(';\n'))
}

/** Opens a session. Disposing of it interrupts what still runs, and removes its spill files. */
export async function openSession(wanted: SessionOptions): Promise<Session> {
  const most = Math.max(1, Math.floor(wanted.memoryLimitBytes / bytesPerThread))
  const options = { ...wanted, threads: Math.min(wanted.threads, most) }
  await mkdir(options.scratch, { recursive: true })
  const profile = path.join(options.scratch, 'profile.json')
  keepByteOrderMarks()
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await configure(connection, options, profile)
  const interrupt = (): void => connection.interrupt()
  options.signal?.addEventListener('abort', interrupt)

  const read = async (sql: string, doing: string): Promise<DuckDBValue[][]> => {
    options.signal?.throwIfAborted()
    try {
      const result = await connection.runAndReadAll(sql)
      return result.getRows()
    } catch (error) {
      throw engineFailure(error, doing)
    }
  }
  return {
    connection,
    threads: options.threads,
    rowGroupBytes: Math.max(2 ** 20, Math.floor(options.memoryLimitBytes / options.threads / 8)),
    ...(options.ahead ? { ahead: options.ahead } : {}),
    run: async (sql, doing) => {
      await read(sql, doing)
    },
    rows: read,
    count: async (sql, doing) => Number((await read(sql, doing))[0]?.[0] ?? 0),
    profiled: async (sql, doing) => {
      const rows = await read(sql, doing)
      return { rows, operators: readProfile(await readFile(profile, 'utf8')) }
    },
    [Symbol.asyncDispose]: async () => {
      options.signal?.removeEventListener('abort', interrupt)
      connection.interrupt()
      connection.closeSync()
      instance.closeSync()
      await rm(path.join(options.scratch, 'spill'), { recursive: true, force: true })
    },
  }
}
