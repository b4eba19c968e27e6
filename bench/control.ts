import { DuckDBInstance } from '@duckdb/node-api'

/**
 * The controls: what a good engineer writes by hand in DuckDB. Run as `node control.ts <name> <data> <out> [memory]`;
 * prints nothing, fails when DuckDB does.
 */
const [name = '', data = '', out = '', memory = ''] = process.argv.slice(2)

const columns = `{order_id: 'VARCHAR', customer_id: 'VARCHAR', product_id: 'VARCHAR', quantity: 'VARCHAR', unit_price: 'VARCHAR', currency: 'VARCHAR', status: 'VARCHAR', region: 'VARCHAR', ordered_at: 'VARCHAR', updated_at: 'VARCHAR', coupon: 'VARCHAR'}`
const csv = `read_csv('${data}/orders.csv', header = true, auto_detect = false, columns = ${columns})`
const formats = `['%Y-%m-%d %H:%M:%S', '%d/%m/%Y %H:%M', '%Y-%m-%dT%H:%M:%SZ', '%b %d %Y %H:%M:%S']`
const cleaned = `SELECT CAST(order_id AS BIGINT) AS order_id, CAST(customer_id AS BIGINT) AS customer_id,
  CAST(product_id AS BIGINT) AS product_id, CAST(quantity AS INTEGER) AS quantity,
  TRY_CAST(replace(replace(trim(unit_price), '$', ''), ',', '') AS DECIMAL(18,2)) AS unit_price,
  currency, lower(trim(status)) AS status, region, try_strptime(ordered_at, ${formats}) AS ordered_at,
  try_strptime(updated_at, ${formats}) AS updated_at, coupon FROM ${csv}`

const statements: Readonly<Record<string, string>> = {
  sniffed: `COPY (SELECT * FROM '${data}/orders.csv') TO '${out}' (FORMAT parquet, COMPRESSION zstd)`,
  text: `COPY (SELECT * FROM ${csv}) TO '${out}' (FORMAT parquet, COMPRESSION zstd)`,
  pipeline: `COPY (
    SELECT o.*, c.segment, c.country, p.name, p.category, CAST(date_trunc('month', ordered_at) AS DATE) AS month
    FROM (${cleaned} QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1) o
    LEFT JOIN '${data}/customers.csv' c USING (customer_id)
    LEFT JOIN '${data}/products.csv' p USING (product_id)
  ) TO '${out}' (FORMAT parquet, COMPRESSION zstd, PARTITION_BY (region, month), OVERWRITE_OR_IGNORE)`,
}

const instance = await DuckDBInstance.create(':memory:')
const connection = await instance.connect()
await connection.run('SET preserve_insertion_order = false')
if (memory !== '') await connection.run(`SET memory_limit = '${memory}'`)
await connection.run(`SET temp_directory = '${data}/control-spill'`)
const statement = statements[name]
if (statement === undefined) throw new Error(`no control "${name}"`)
await connection.run(statement)
