import { execFileSync } from 'node:child_process'
import { DuckDBInstance } from '@duckdb/node-api'

/** What the rows of the table come to, as text. */
export interface Checksum {
  readonly rows: string
  readonly sums: string
}

/** What the server's own rows come to. */
export function checksumOf(socketPath: string): Checksum {
  const sql = `select count(*), concat_ws(' ', sum(order_id), sum(customer_id), sum(total), sum(discount), count(coupon), count(shipped_at),
      sum(length(customer_name)), sum(length(note)), sum(is_gift), sum(to_days(ordered_on)) - 719528 * count(*),
      sum(timestampdiff(microsecond, '1970-01-01', updated_at))) from orders`
  const [rows = '', sums = ''] = execFileSync(
    'mariadb',
    ['--no-defaults', `--socket=${socketPath}`, '-uroot', '-N', '-B', 'shop', '-e', sql],
    { encoding: 'utf8' },
  )
    .trim()
    .split('\t')
  return { rows, sums }
}

/** The same of Parquet files, whatever types their tool chose. */
export async function checksumOfFiles(files: string): Promise<Checksum> {
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run("SET TimeZone = 'UTC'; SET memory_limit = '1GB'")
  const result = await connection.runAndReadAll(
    `select count(*), concat_ws(' ', sum(order_id::DECIMAL(38,0)), sum(customer_id::HUGEINT), sum(total::DECIMAL(38,4)), sum(discount::DECIMAL(38,4)),
       count(coupon), count(shipped_at), sum(strlen(customer_name)), sum(strlen(note)), sum(is_gift::INT), sum(ordered_on::DATE - DATE '1970-01-01'),
       sum(epoch_us(updated_at::TIMESTAMP)::HUGEINT)) from read_parquet('${files}', hive_partitioning = false)`,
  )
  const [rows, sums] = result.getRowsJson()[0] ?? []
  connection.closeSync()
  instance.closeSync()
  return { rows: String(rows), sums: String(sums) }
}
