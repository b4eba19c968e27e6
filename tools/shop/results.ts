import { queryTables } from '../../packages/etl/src/cli/query-tables.ts'
import { collect, number, numericColumns } from '../../packages/etl/src/cli/output.ts'
import { printTable } from '../../packages/etl/src/cli/print-table.ts'
import type { Engine } from '../../packages/etl/src/engine/contract.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { quoteName } from '../../packages/etl/src/function/dialect.ts'
import { type FolderLake, openLake } from '../../packages/etl/src/lake/index.ts'
import type { Place } from './place.ts'
import { title } from './print.ts'

interface Open {
  readonly lake: FolderLake
  readonly engine: Engine
}

async function rowsOf({ lake, engine }: Open, sql: string): Promise<readonly (readonly unknown[])[]> {
  await using result = await engine.query({ sql, tables: await queryTables(lake, sql) })
  return (await collect(result)).rows
}

async function printAnswer({ lake, engine }: Open, heading: string, sql: string): Promise<void> {
  await using result = await engine.query({ sql, tables: await queryTables(lake, sql) })
  const { rows } = await collect(result)
  title(heading)
  printTable(
    result.schema.map((f) => f.name),
    rows.map((row) => row.map((v, i) => grouped(v, result.schema[i]?.type.kind))),
    numericColumns(result.schema),
  )
}

/** Whole numbers with separators; identifiers are text or have no other form. */
const grouped = (value: unknown, kind: string | undefined): unknown =>
  typeof value === 'string' && (kind === 'int32' || kind === 'decimal') && /^-?\d+(\.\d+)?$/.test(value)
    ? value.replace(/\B(?<!\.\d*)(?=(\d{3})+(?!\d))/g, ',')
    : value

const regions = ['EU', 'US', 'APAC', 'UK', 'LATAM', 'MEA']

const revenue = `
  select coalesce(category, 'all') as category, ${regions.map((r) => `cast(sum(revenue) filter (where region = '${r}') as decimal(18, 0)) as ${quoteName(r)}`).join(', ')},
         cast(sum(revenue) as decimal(18, 0)) as total
  from mart.category_revenue t group by grouping sets ((t.category), ()) order by t.category is null, total desc`

const history = `
  select order_id, strftime(ordered_at, '%Y-%m-%d %H:%M') as ordered, customer_name as customer, product_name as product,
         quantity as qty, unit_price as price, line_total as total, status
  from sales.order_history where order_id in (
    select order_id from sales.order_history group by order_id having count(*) > 1 order by max(ordered_at) desc, order_id limit 2)
  order by ordered_at desc, order_id, product`

const sessions = `
  select cast(count(*) as decimal(18, 0)) as sessions, cast(count(distinct visitor_id) as decimal(18, 0)) as visitors,
         cast(avg(events) as decimal(8, 1)) as "clicks each",
         cast(median(date_diff('second', started_at, ended_at)) / 60 as decimal(8, 1)) as "median minutes",
         cast(100.0 * count(*) filter (where events = 1) / count(*) as decimal(8, 1)) as "% of one click"
  from web.sessions`

const pages = `
  select path as page, cast(sum(views) as decimal(18, 0)) as views,
         cast(sum(errors) as decimal(18, 0)) as errors, cast(100.0 * sum(errors) / sum(views) as decimal(8, 2)) as "% errors"
  from web.page_stats group by path order by sum(views) desc, path limit 5`

/** What is peculiar to one record is cut from a reason, so that alike ones count together. */
const alike = String.raw`regexp_replace(reason, '"[^"]*" is ', 'a value is ')`

async function printRejects(open: Open): Promise<void> {
  const found: (readonly unknown[])[] = []
  for (const name of await open.lake.tables()) {
    if (!name.endsWith('$rejected')) continue
    const from = name.split('.').map(quoteName).join('.')
    const rows = await rowsOf(
      open,
      `select ${alike} as why, count(*) as n, min_by(coalesce(original, ''), (line, original)) as example,
              min_by(regexp_extract(source, '[^/]+$') || coalesce(':' || line, ''), (line, original)) as place
       from ${from} group by why order by n desc, why`,
    )
    for (const [why, n, example, place] of rows)
      found.push([name.replace('$rejected', ''), number(Number(n)), why, place, short(String(example))])
  }
  title('What was rejected, and why (kept in <table>$rejected with file, line and original bytes)')
  printTable(['table', 'records', 'why', 'for example in', 'the record'], found, [1])
}

const short = (text: string): string => (text.length > 48 ? `${text.slice(0, 47)}…` : text)

/** Prints what a shopkeeper wants to see: revenue, orders, sessions, pages, and what was rejected. */
export async function printResults(place: Place): Promise<void> {
  await using lake = await openLake({ folder: place.lake })
  await using engine = openDuckdb()
  const open = { lake, engine }
  await printAnswer(open, 'Revenue by category and region, in euros at the rate of the day', revenue)
  await printAnswer(open, 'Order history: the latest orders of several items', history)
  await printAnswer(open, 'Web sessions: a new one starts after a pause of half an hour', sessions)
  await printAnswer(open, 'Top pages', pages)
  await printRejects(open)
}
