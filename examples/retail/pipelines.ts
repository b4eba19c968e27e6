import path from 'node:path'
import {
  csv,
  decimal,
  dedupe,
  derive,
  filter,
  fn,
  from,
  int32,
  sql,
  table,
  text,
  timestamp,
  variable,
} from '@securecart/etl'

// The folder of the retailer's daily CSV files; a relative one is meant from where the command is given.
const data = path.resolve(variable('data'))

const files = csv(`${data}/*.csv`, {
  columns: {
    invoice_no: text({ from: 'InvoiceNo', required: true }),
    stock_code: text({ from: 'StockCode', required: true }),
    description: text({ from: 'Description' }),
    quantity: int32({ from: 'Quantity', required: true }),
    invoiced_at: timestamp({ from: 'InvoiceDate', format: 'yyyy-MM-dd HH:mm:ss', required: true }),
    unit_price: decimal(18, 3, { from: 'UnitPrice', required: true }),
    customer_id: text({ from: 'CustomerID' }),
    country: text({ from: 'Country', required: true }),
  },
})

export const invoiceLines = table('sales.invoice_lines', {
  description: 'Every well-formed line of every invoice; nothing is filtered.',
  from: from(files).pipe(
    // The export wrote customer numbers as floating-point numbers: 17850.0.
    derive((c) => ({ customer_id: fn.regexReplaceFirst(c.customer_id, '\\.0$', '') })),
  ),
})

export const invoiceLinesUnique = table('sales.invoice_lines_unique', {
  description: 'Lines that are equal in all eight columns, once.',
  from: invoiceLines.pipe(dedupe({ by: 'all' })),
})

export const cancellations = table('sales.cancellations', {
  description: 'The lines of cancelled invoices.',
  from: invoiceLines.pipe(filter((c) => fn.startsWith(c.invoice_no, 'C'))),
})

export const revenueByCountry = table('mart.revenue_by_country', {
  description: 'The exact sum of quantity × unit price, cancellations and corrections included.',
  query: sql`
    select country, sum(quantity * unit_price) as revenue
    from ${invoiceLinesUnique}
    group by country`,
})

export const revenueByMonth = table('mart.revenue_by_month', {
  description: 'The same by month, named by its first day.',
  query: sql`
    select cast(date_trunc('month', invoiced_at) as date) as month, sum(quantity * unit_price) as revenue
    from ${invoiceLinesUnique}
    group by cast(date_trunc('month', invoiced_at) as date)`,
})

export const topCustomers = table('mart.top_customers', {
  description: 'Revenue and number of invoices of every known customer.',
  query: sql`
    select customer_id, sum(quantity * unit_price) as revenue, count(distinct invoice_no) as invoices
    from ${invoiceLinesUnique}
    where customer_id is not null
    group by customer_id`,
})
