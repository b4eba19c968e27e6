import { expect } from 'vitest'
import { type Reference, rowsOf } from './retail.ts'

/** The tables that the reference computes too. */
export const tables: readonly string[] = [
  'sales.invoice_lines',
  'sales.invoice_lines_unique',
  'sales.cancellations',
  'mart.revenue_by_country',
  'mart.revenue_by_month',
  'mart.top_customers',
]

const sorted = (rows: readonly (readonly (string | null)[])[]): readonly string[] =>
  rows.map((row) => JSON.stringify(row)).toSorted()

/** How many rows each side has that the other has not, counting repetitions; and one example of each. */
function difference(have: readonly string[], want: readonly string[]): unknown {
  const counts = new Map<string, number>()
  for (const row of want) counts.set(row, (counts.get(row) ?? 0) + 1)
  for (const row of have) counts.set(row, (counts.get(row) ?? 0) - 1)
  const off = [...counts].filter(([, n]) => n !== 0)
  return {
    missing: off.filter(([, n]) => n > 0).slice(0, 3),
    unexpected: off.filter(([, n]) => n < 0).slice(0, 3),
  }
}

/** Expects that a lake holds what the reference computed, row for row. */
export async function expectEqual(lake: string, reference: Reference): Promise<void> {
  for (const table of tables) {
    const want = sorted(reference.tables[table] ?? [])
    const have = sorted(await rowsOf(lake, table))
    expect([table, want.length > 0, have.length]).toEqual([table, true, want.length])
    expect([table, difference(have, want)]).toEqual([table, { missing: [], unexpected: [] }])
  }
}
