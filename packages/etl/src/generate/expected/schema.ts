/** A column of an expected table, with its logical type as users write it. */
export interface ExpectedColumn {
  readonly name: string
  readonly type: string
}

/** A table that a right run must produce: rows as a multiset, written in the order of `sortedBy`. */
export interface ExpectedTable {
  readonly name: string
  /** File name within `expected/`. */
  readonly file: string
  readonly columns: readonly ExpectedColumn[]
  readonly sortedBy: readonly string[]
  readonly meaning: string
}

function columnsOf(text: string): readonly ExpectedColumn[] {
  return text.split(', ').map((column) => {
    const [name = '', type = ''] = column.split(' ')
    return { name, type }
  })
}

function table(name: string, columns: string, sortedBy: string, meaning: string): ExpectedTable {
  return { name, file: `${name}.csv`, columns: columnsOf(columns), sortedBy: sortedBy.split(' '), meaning }
}

/** The tables of the expected answers. Kept exactly: pipelines and tests rely on names, columns and types. */
export const expectedTables = {
  orders: table(
    'sales.orders',
    'order_id int64, customer_id int64, region text, status text, currency text, ordered_at timestamp, updated_at timestamp, shipping decimal(18,2), client_ip text, channel text, coupon text',
    'order_id',
    'The latest version (by updated_at) of every well-formed order.',
  ),
  items: table(
    'sales.items',
    'order_id int64, line int32, product_id int64, quantity int32, unit_price decimal(18,2)',
    'order_id line',
    'Every well-formed order line once, by order_id and line.',
  ),
  customers: table(
    'sales.customers',
    'customer_id int64, name text, email text, region text, city text, postcode text, signed_up_at timestamp, updated_at timestamp',
    'customer_id',
    'The latest version (by updated_at) of every customer; city and postcode come from address.',
  ),
  products: table(
    'sales.products',
    'product_id int64, name text, category text, list_price decimal(18,2), supplier text',
    'product_id',
    'Every product once; category trimmed and lower case.',
  ),
  history: table(
    'sales.order_history',
    'order_id int64, ordered_at timestamp, customer_name text, product_name text, category text, quantity int32, unit_price decimal(18,2), line_total decimal(18,2), status text',
    'order_id',
    'One row for each line of each order, readable; several lines of an order may be equal rows.',
  ),
  revenue: table(
    'mart.category_revenue',
    'region text, category text, month date, revenue decimal(38,2)',
    'region category month',
    "Lines of orders that are not cancelled: quantity × unit_price in the order's currency × the rate_to_eur of the UTC day of ordered_at, rounded half away from zero to 2 digits for each line, then summed by the order's region, the product's category and the first day of the month of ordered_at.",
  ),
  enriched: table(
    'mart.enriched_transactions',
    'order_id int64, customer_id int64, total decimal(38,2), age_band text, gender text, income_band text, favourite_category text, newsletter bool, country text',
    'order_id',
    "Every order (cancelled ones too): total is the sum of quantity × unit_price of its lines in the order's currency; demographics and preferences of the customer and the country of the IPv4 range that holds client_ip, NULL where unknown.",
  ),
  sessions: table(
    'web.sessions',
    'visitor_id text, session int64, started_at timestamp, ended_at timestamp, events int64, pages int64',
    'visitor_id session',
    'Events once by event_id; a session of a visitor ends when the next event is more than 30 minutes away; numbered from 1 in time; pages counts distinct paths.',
  ),
  pages: table(
    'web.page_stats',
    'path text, day date, views int64, visitors int64, errors int64',
    'path day',
    'Requests of the access log by path without its query and UTC day: all of them, distinct client addresses, and those with a status of 500 or more.',
  ),
  sources: table(
    'sources',
    'source text, records int64, rejected int64',
    'source',
    'Records delivered in the files of each source (headers not counted), and how many of them are defective.',
  ),
  rejects: table(
    'rejects',
    'source text, kind text, reason text, rows int64',
    'source kind reason',
    'Defective records by reason: kind `record` (cut off or with too few columns; reason `columns`, `json` or `line`) or kind `value` (the column named by the reason holds an unusable value). Each defective record has exactly one defect.',
  ),
} as const satisfies Readonly<Record<string, ExpectedTable>>

export type ExpectedName = keyof typeof expectedTables
