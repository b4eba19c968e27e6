import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import { quoteText } from '../../packages/etl/src/function/dialect.ts'
import { openLake } from '../../packages/etl/src/lake/index.ts'

export type Version = 'first' | 'second'

/** How a table of the lake differs from what the delivered files say; rows count as often as they occur. */
export interface Difference {
  readonly table: string
  readonly rows: number
  readonly lost: number
  readonly repeated: number
  readonly example: string
}

/** What the tables must hold, in plain DuckDB SQL over the lines of the delivered files. */
function expected(version: Version): ReadonlyMap<string, string> {
  const second = version === 'second'
  const [integer, price] = second ? ['BIGINT', 'DECIMAL(12,2)'] : ['INTEGER', 'DECIMAL(10,2)']
  const own = second ? 'channel' : 'note'
  const good = `(SELECT f[1]::BIGINT AS order_id, nullif(f[2], '') AS region, f[3] AS status, f[4]::${integer} AS quantity,
    f[5]::${price} AS unit_price, f[6]::TIMESTAMP AS ordered_at, f[7]::BIGINT AS updated_at, f[${second ? 9 : 8}] AS ${own}
    FROM order_lines WHERE len(f) = 9 AND try_cast(f[4] AS ${integer}) IS NOT NULL)`
  const latest = `(SELECT * FROM ${good} QUALIFY row_number() OVER (PARTITION BY order_id ORDER BY updated_at DESC) = 1)`
  const clicks = `(SELECT (line->>'id')::BIGINT AS id, line->>'page' AS page, (line->>'clicked_at')::TIMESTAMP AS clicked_at,
    (line->>'ms')::BIGINT AS ms FROM click_lines WHERE json_valid(line))`
  const group = second ? 'region, channel' : 'region'
  return new Map([
    ['raw.orders', good],
    [
      'raw.orders$rejected',
      `SELECT source, line AS original FROM order_lines WHERE len(f) <> 9 OR try_cast(f[4] AS ${integer}) IS NULL`,
    ],
    ['sales.orders', latest],
    [
      'sales.paid_lines',
      `SELECT *, unit_price * quantity AS total FROM ${good} WHERE status = 'paid' AND quantity > 0`,
    ],
    [
      'sales.paid_lines$rejected',
      `SELECT 'raw.orders' AS source, '{"quantity":' || quantity || '}' AS original FROM ${good} WHERE status = 'paid' AND NOT quantity > 0`,
    ],
    [
      'mart.revenue',
      `SELECT ${group}, count(*) AS orders, sum(quantity) AS quantity FROM ${latest} GROUP BY ${group}`,
    ],
    ['raw.clicks', clicks],
    ['raw.clicks$rejected', `SELECT source, line AS original FROM click_lines WHERE NOT json_valid(line)`],
    ['web.pages', `SELECT * FROM ${clicks} WHERE page IS NOT NULL AND ms >= 0`],
    [
      'web.pages$rejected',
      `SELECT 'raw.clicks' AS source, '{"ms":' || ms || '}' AS original FROM ${clicks} WHERE page IS NOT NULL AND NOT ms >= 0`,
    ],
  ])
}

async function readLines(connection: DuckDBConnection, data: string): Promise<void> {
  const lines = (glob: string, skip: number): string =>
    `SELECT filename AS source, line FROM read_csv(${quoteText(`${data}/${glob}`)}, columns = {'line': 'VARCHAR'}, header = false,
      skip = ${skip}, delim = '\\x01', quote = '', escape = '', filename = true)`
  await connection.run(
    `CREATE TABLE order_lines AS SELECT *, string_split(line, ',') AS f FROM (${lines('orders/*.csv', 1)})`,
  )
  await connection.run(`CREATE TABLE click_lines AS ${lines('clicks/*.ndjson', 0)}`)
}

async function compare(
  connection: DuckDBConnection,
  table: string,
  want: string,
  files: readonly string[],
): Promise<Difference> {
  const all = async (sql: string): Promise<unknown[][]> => (await connection.runAndReadAll(sql)).getRowsJson()
  await connection.run(`CREATE OR REPLACE TEMP TABLE want AS ${want}`)
  const names = (await all(`SELECT column_name FROM (DESCRIBE want)`)).map(([name]) => `"${String(name)}"`)
  const columns = names.map((name) => `CAST(${name} AS VARCHAR) AS ${name}`).join(', ')
  const have =
    files.length === 0
      ? `SELECT ${columns} FROM want LIMIT 0`
      : `SELECT ${columns} FROM read_parquet([${files.map(quoteText).join(', ')}], union_by_name = true, hive_partitioning = false)`
  await connection.run(`CREATE OR REPLACE TEMP TABLE have AS ${have}`)
  const count = async (sql: string): Promise<number> =>
    Number((await all(`SELECT count(*) FROM (${sql})`))[0]?.[0])
  const lost = `SELECT ${columns} FROM want EXCEPT ALL FROM have`
  const repeated = `FROM have EXCEPT ALL SELECT ${columns} FROM want`
  const [example] = [...(await all(`(${lost}) LIMIT 1`)), ...(await all(`(${repeated}) LIMIT 1`))]
  return {
    table,
    rows: await count('FROM have'),
    lost: await count(lost),
    repeated: await count(repeated),
    example: JSON.stringify(example ?? null),
  }
}

/** Compares every table with the delivered files, by EXCEPT ALL both ways. Returns the tables that differ, and all rows. */
export async function compareWithOracle(
  lakeFolder: string,
  data: string,
  version: Version,
): Promise<{ readonly differences: readonly Difference[]; readonly rows: number }> {
  await using lake = await openLake({ folder: lakeFolder })
  const instance = await DuckDBInstance.create(':memory:', { threads: '1' })
  const connection = await instance.connect()
  try {
    await readLines(connection, data)
    const found: Difference[] = []
    for (const [table, want] of expected(version)) {
      const files = (await (await lake.load(table))?.files()) ?? []
      found.push(
        await compare(
          connection,
          table,
          want,
          files.map((f) => f.path),
        ),
      )
    }
    return {
      differences: found.filter((d) => d.lost + d.repeated > 0),
      rows: found.reduce((sum, d) => sum + d.rows, 0),
    }
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}
