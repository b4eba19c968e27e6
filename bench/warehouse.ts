import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { missingPostgres, startPostgres } from '../tools/peers/postgres.ts'
import { againstControl } from './against-control.ts'
import type { BenchContext, Finding } from './finding.ts'
import { inTurn, measure } from './measure.ts'

const root = path.resolve(import.meta.dirname, '..')
const rows = Number(process.env['BENCH_WAREHOUSE_ROWS'] ?? 5_000_000)

/** Orders as Parquet, and the same rows as a ready CSV file. */
async function writeOrders(parquet: string, csv: string): Promise<void> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const moment = (salt: number): string =>
    `timestamp '2024-01-01' + to_seconds(CAST(hash(i + ${salt}) % 31536000 AS BIGINT))`
  await connection.run(
    `COPY (SELECT i::BIGINT AS order_id, (hash(i) % 100000)::BIGINT AS customer_id, (hash(i + 1) % 5000)::BIGINT AS product_id,
       (1 + hash(i + 2) % 9)::INTEGER AS quantity, ((hash(i + 3) % 100000) / 100)::DECIMAL(12,2) AS unit_price, 'EUR' AS currency,
       ['paid', 'new', 'shipped'][(1 + hash(i) % 3)::INT] AS status, ['EU', 'US', 'APAC'][(1 + hash(i + 5) % 3)::INT] AS region,
       ${moment(6)} AS ordered_at, ${moment(7)} AS updated_at, CAST(${moment(8)} AS DATE) AS shipped_on
     FROM range(${rows}) t(i)) TO '${parquet}' (FORMAT parquet, COMPRESSION zstd)`,
  )
  await connection.run(`COPY (FROM '${parquet}') TO '${csv}' (FORMAT csv, HEADER false)`)
  connection.closeSync()
  instance.closeSync()
}

/** A table of the lake into PostgreSQL, against COPY of the same rows from a ready file. */
export async function warehouse(c: BenchContext): Promise<readonly Finding[]> {
  const missing = missingPostgres()
  if (missing !== undefined) {
    console.error(`warehouse: ${missing}`)
    return []
  }
  const [parquet, csv] = [path.join(c.work, 'orders.parquet'), path.join(c.work, 'orders.csv')]
  await writeOrders(parquet, csv)
  await using server = await startPostgres()
  const url = new URL(server.connectionString.replace('@/', '@socket/'))
  const [host, user] = [url.searchParams.get('host') ?? url.hostname, url.username]
  const run = (table: string): readonly string[] => [
    process.execPath,
    path.join(root, 'packages', 'etl', 'bin', 'securecart.js'),
    'run',
    table,
    '--full',
    '--quiet',
    '--memory',
    '256MB',
    '--project',
    path.join(root, 'bench', 'warehouse-project'),
    '--lake',
    path.join(c.work, 'warehouse-lake'),
    '--var',
    `orders=${parquet}`,
    '--var',
    `host=${host}`,
    '--var',
    `user=${user}`,
  ]
  const built = await measure(run('raw.orders'))
  if (!built.ok) throw new Error(`the first run failed:\n${built.output}`)
  const result = await inTurn(
    c.rounds,
    () => measure(run('bench.orders')),
    () => measure([process.execPath, path.join(root, 'bench', 'warehouse-control.ts'), host, user, csv]),
  )
  return [
    againstControl('lake to PostgreSQL: time against COPY of a ready file', result),
    {
      budget: 'lake to PostgreSQL: peak memory, MiB',
      value: result.ours.peakBytes / 2 ** 20,
      detail: `${rows.toLocaleString('en-US')} rows`,
    },
  ]
}
