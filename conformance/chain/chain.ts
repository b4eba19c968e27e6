import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect } from 'vitest'
import { quoteText } from '../../packages/etl/src/function/dialect.ts'
import { openLake } from '../../packages/etl/src/lake/index.ts'
import { install, type Installed } from '../crash/installed.ts'
import { type DeathStep, type Running, start } from '../crash/process.ts'
import { randomFrom } from '../crash/random.ts'
import { judgeChanges } from '../mysql/account-oracle.ts'
import { createAccounts, write } from '../mysql/account-writers.ts'
import { type Database, openDatabase } from '../mysql/database.ts'
import { openPostgres, type TestPostgres } from '../target/warehouse.ts'

const project = fileURLToPath(new URL('project', import.meta.url))

/**
 * A project from MySQL over a lake to PostgreSQL, with writers at work: `events` by a cursor, rows without a key that commit
 * late and come twice, and `accounts` by the binary log, with triggers that write every change down.
 */
export interface Chain extends AsyncDisposable {
  /** Starts a run as a process of its own. */
  begin(death?: DeathStep): Running
  /** Fails when a writer has failed. */
  assertWriting(): Promise<void>
  /** Lets the writers finish. */
  stop(): Promise<void>
  /** Names in the scratch folder of the lake, where nothing should be while no run goes on. */
  leftovers(): Promise<readonly string[]>
  /** Compares all that is in the lake and in PostgreSQL with MySQL; says what was compared. Writers must have stopped. */
  judge(): Promise<string>
}

/** Inserts events until stopped: some of equal time, some twice, some committed long after others of a later time. */
async function writeEvents(db: Database, seed: number, goesOn: () => boolean): Promise<void> {
  const random = randomFrom(seed)
  const client = await db.connect()
  try {
    while (goesOn()) {
      await client.query('begin')
      for (let i = 1 + random.below(3); i > 0; i--) {
        const rows = Array.from({ length: 1 + random.below(6) }, () => {
          const row = `(${random.below(1_000_000)}, repeat('x', ${random.below(120)}), now(3))`
          return random.chance(0.2) ? `${row}, ${row}` : row
        })
        await client.query(`insert into events values ${rows.join(', ')}`)
      }
      if (random.chance(0.15)) await sleep(random.below(600))
      await client.query(random.chance(0.9) ? 'commit' : 'rollback')
      await sleep(random.below(30))
    }
  } finally {
    client.destroy()
  }
}

function argumentsFor(
  db: Database,
  server: TestPostgres,
  { project }: Installed,
  data: string,
): readonly string[] {
  const { host, port = 5432, user, database, password } = server.declared
  const variables = { data, mysql: db.mariadb.port, host, port, user, database, password: password?.at ?? '' }
  return [
    'run',
    '--project',
    project,
    '--json',
    '--threads',
    '1',
    '--memory',
    '512MB',
    ...Object.entries(variables).flatMap(([name, value]) => ['--var', `${name}=${value}`]),
  ]
}

type Values = readonly (string | null)[]

async function lakeRows(folder: string, table: string, list: string): Promise<readonly Values[]> {
  await using lake = await openLake({ folder })
  const files = (await (await lake.load(table))?.files()) ?? []
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  try {
    await connection.run(`SET TimeZone = 'UTC'`)
    const paths = files.map((f) => quoteText(f.path)).join(', ')
    const sql = `SELECT ${list} FROM read_parquet([${paths}], hive_partitioning = false)`
    return (await connection.runAndReadAll(sql)).getRows() as Values[]
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

/** Rows as sorted texts, to be compared however many times each is there. */
const asTexts = (rows: readonly Values[]): readonly string[] =>
  rows.map((row) => JSON.stringify(row)).toSorted()

/** How often rows are in one list and not in the other. */
function difference(a: readonly string[], b: readonly string[]): number {
  const left = new Map<string, number>()
  for (const row of b) left.set(row, (left.get(row) ?? 0) + 1)
  return a.filter((row) => {
    const n = left.get(row) ?? 0
    left.set(row, n - 1)
    return n <= 0
  }).length
}

const eventColumns = { lake: 'id::varchar, v', postgres: 'id::text, v', mysql: 'id, v' }
const changeColumns = (text: string): string =>
  `id::${text}, v, n::${text}, e, _operation, _committed_at::${text}, _sequence`

/** Opens the chain with its servers; writers begin at once. */
export async function openChain(seed: number): Promise<Chain> {
  const db = await openDatabase()
  const server = await openPostgres()
  const folder = await mkdtemp(path.join(tmpdir(), 'chain-'))
  await db.run('create table events (id int, v varchar(200), at datetime(3) not null, key (at))')
  await createAccounts(db, 500)
  const installed = await install(folder, project)
  let [isOver, changes] = [false, 0]
  const goesOn = (): boolean => !isOver
  const accounts = { random: randomFrom(seed + 3), paceMs: 30, goesOn, next: () => ++changes }
  const writers = Promise.all([
    writeEvents(db, seed + 1, goesOn),
    writeEvents(db, seed + 2, goesOn),
    write(db, accounts),
  ])
  const inServer = async (list: string, table: string): Promise<readonly Values[]> =>
    (await server.query(`SELECT json_build_array(${list}) FROM bi.${table}`)).map(
      (row) => JSON.parse(row) as Values,
    )
  return {
    begin: (death) => start(installed.cli, argumentsFor(db, server, installed, folder), death),
    assertWriting: async () => {
      await Promise.race([writers, Promise.resolve()])
    },
    stop: async () => {
      isOver = true
      await writers
    },
    leftovers: () => readdir(path.join(folder, 'lake', '.scratch')).catch(() => []),
    judge: async () => {
      const lake = path.join(folder, 'lake')
      const theirs = asTexts(await db.texts(`select ${eventColumns.mysql} from events`))
      const places = {
        lake: asTexts(await lakeRows(lake, 'raw.events', eventColumns.lake)),
        PostgreSQL: asTexts(await inServer(eventColumns.postgres, 'events')),
      }
      for (const [place, ours] of Object.entries(places)) {
        const found = { place, lost: difference(theirs, ours), repeated: difference(ours, theirs) }
        expect(found).toEqual({ place, lost: 0, repeated: 0 })
      }
      const latest = await lakeRows(lake, 'raw.account_latest', changeColumns('varchar'))
      const inLake = await lakeRows(lake, 'raw.account_changes', changeColumns('varchar'))
      await judgeChanges(db, inLake, latest)
      const said = await judgeChanges(
        db,
        await inServer(changeColumns('text'), 'account_changes'),
        await inServer(changeColumns('text'), 'account_latest'),
      )
      return `${theirs.length} events; ${said}`
    },
    [Symbol.asyncDispose]: async () => {
      isOver = true
      await writers.catch(() => undefined)
      await db[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
