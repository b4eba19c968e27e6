import { DuckDBInstance } from '@duckdb/node-api'
import fc from 'fast-check'
import pg from 'pg'
import { expect } from 'vitest'
import type { ColumnSpec } from '../../packages/etl/src/connector/column.ts'
import { quoteName, quoteText } from '../../packages/etl/src/function/dialect.ts'
import { duckdbFile, type Table, target } from '../../packages/etl/src/index.ts'
import type { LogicalType } from '../../packages/etl/src/plan/type.ts'
import { seedFor } from '../crash/report.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { document, fromPostgres } from '../target/canonical.ts'
import { clientOptions, openPostgres } from '../target/warehouse.ts'
import { doubleText, type Value, valuesFor } from './values.ts'

/** One column on its way: what it is declared as, its values, and what else a value may come as. */
export interface RouteColumn {
  readonly spec: ColumnSpec
  /** Canonical texts; default: any of the declared type. */
  readonly values?: fc.Arbitrary<string>
  /** Brings what was put in and what came out to one form, where the source does not keep the spelling. */
  readonly same?: (text: string) => string
}

export type RouteColumns = Readonly<Record<string, RouteColumn>>

/** A row with a value for each column. */
export interface Row {
  readonly id: number
  readonly values: readonly Value[]
}

/** One way into the lake. */
export interface Route extends AsyncDisposable {
  readonly name: string
  readonly columns: RouteColumns
  /** Whether each batch is all that the source holds, or is added to what it held. */
  readonly holds: 'batch' | 'all'
  /** Puts rows into the source without any code of the product. */
  load(rows: readonly Row[], batch: number): Promise<void>
  /** The table that reads the source after a batch. */
  table(batch: number): Table
}

const seed = seedFor('ROUTE_SEED')
const wanted = Number(process.env['ROUTE_CASES'] ?? 50_000)
const rowsAtOnce = Math.min(5_000, Math.max(200, Math.ceil(wanted / 60)))

/** What the routes are called in the report, with the seed. */
export const routeTitle = (name: string): string => `${name} → lake → PostgreSQL and DuckDB (seed ${seed})`

function rowsOf(columns: RouteColumns, batch: number, first: number): readonly Row[] {
  const values = Object.values(columns).map(({ spec, values = valuesFor(spec.type) }) =>
    fc.option(values, { freq: 12 }),
  )
  const sampled = values.map((arbitrary, i) =>
    fc.sample(arbitrary, { numRuns: rowsAtOnce, seed: seed + batch * 1000 + i }),
  )
  return Array.from({ length: rowsAtOnce }, (_, r) => ({
    id: first + r,
    values: sampled.map((s) => s[r] ?? null),
  }))
}

/** DuckDB and PostgreSQL name what is no number in their own ways. */
const doubleOf = (shown: string): string => {
  const [, sign = '', name] = /^(-?)(inf(?:inity)?|nan)$/i.exec(shown) ?? []
  if (name === undefined) return doubleText(Number(shown))
  return /nan/i.test(name) ? 'NaN' : `${sign}Infinity`
}

/** A value as a database shows it in the one form that is compared. */
function canonical(shown: Value, { spec, same }: RouteColumn): Value {
  if (shown === null) return null
  const { type } = spec
  const text = type.kind === 'float64' ? doubleOf(shown) : String(fromPostgres(shown, type))
  return same === undefined ? text : same(text)
}

/** The text of a column in DuckDB, in hexadecimal: its client for Node loses a byte order mark at the beginning of a text. */
const duckText = (name: string, type: LogicalType): string =>
  type.kind === 'bytes' ? `hex(lower(hex(${quoteName(name)})))` : `hex(CAST(${quoteName(name)} AS VARCHAR))`

const fromHex = (hex: Value): Value => (hex === null ? null : Buffer.from(hex, 'hex').toString())

async function duckRows(route: Route, relation: string, first: number, attach = ''): Promise<readonly Row[]> {
  const list = Object.entries(route.columns).map(([name, { spec }]) => duckText(name, spec.type))
  const instance = await DuckDBInstance.create(':memory:', { threads: '2' })
  const connection = await instance.connect()
  try {
    await connection.run(`SET TimeZone = 'UTC'; ${attach}`)
    const sql = `SELECT CAST(id AS VARCHAR), ${list.join(', ')} FROM ${relation} WHERE id >= ${first} ORDER BY id`
    const rows = (await connection.runAndReadAll(sql)).getRows() as Value[][]
    return rows.map(([id = null, ...values]) => ({ id: Number(id), values: values.map(fromHex) }))
  } finally {
    connection.closeSync()
    instance.closeSync()
  }
}

async function lakeRows(at: Workshop, route: Route, first: number): Promise<readonly Row[]> {
  const files = await (await at.load('raw.route')).files()
  const list = files.map((f) => quoteText(f.path)).join(', ')
  return duckRows(route, `read_parquet([${list}], hive_partitioning = false)`, first)
}

async function serverRows(client: pg.Client, route: Route, first: number): Promise<readonly Row[]> {
  const list = Object.keys(route.columns).map((name) => `${quoteName(name)}::text`)
  const text = `SELECT id, ${list.join(', ')} FROM bi.route WHERE id >= ${first} ORDER BY id`
  const { rows } = await client.query<Value[]>({ text, rowMode: 'array' })
  return rows.map(([id = null, ...values]) => ({ id: Number(id), values }))
}

/** Values that are not what was put in, in words; at most ten. */
function changes(route: Route, place: string, put: readonly Row[], came: readonly Row[]): readonly string[] {
  const found = put.length === came.length ? [] : [`${place}: ${came.length} rows of ${put.length}`]
  const columns = Object.entries(route.columns)
  for (const [r, { id, values }] of put.entries()) {
    for (const [c, [name, column]] of columns.entries()) {
      const value = values[c] ?? null
      const want = value === null || column.same === undefined ? value : column.same(value)
      const have = canonical(came[r]?.values[c] ?? null, column)
      if (want !== have && found.length < 10)
        found.push(`${place}, row ${id}, ${name}: ${JSON.stringify(want)} came as ${JSON.stringify(have)}`)
    }
  }
  return found
}

/** A comparison that finds nothing must be one that finds things: one character of one value is enough. */
function expectNoticed(route: Route, put: readonly Row[]): void {
  const names = Object.keys(route.columns)
  for (const [c, name] of names.entries()) {
    const r = put.findIndex(({ values }) => values[c] !== null)
    const other = put.find(({ values }) => values[c] !== null && values[c] !== put[r]?.values[c])
    const planted = put.map((row, at) =>
      at === r ? { ...row, values: row.values.with(c, other?.values[c] ?? null) } : row,
    )
    expect(changes(route, 'planted', planted, put), name).toHaveLength(1)
  }
}

/**
 * Sends random values through a route, batch by batch, until there were `ROUTE_CASES` of them (a case is one value of one
 * column), and compares what lies in the lake, in PostgreSQL and in a DuckDB file with what was put in.
 */
export async function travel(route: Route): Promise<void> {
  await using at = await openWorkshop('route-')
  await using server = await openPostgres()
  const path = `${at.folder}/warehouse.duckdb`
  const asText = { getTypeParser: () => (text: unknown) => text } as never
  const client = new pg.Client({ ...clientOptions(server.declared), types: asText })
  await client.connect()
  try {
    await client.query(`SET TimeZone = 'UTC'`)
    const began = performance.now()
    const width = Object.keys(route.columns).length
    let cases = 0
    for (let batch = 0; cases < wanted; batch++) {
      const first = batch * rowsAtOnce
      const put = rowsOf(route.columns, batch, first)
      await route.load(put, batch)
      const from = route.table(batch)
      const mode = route.holds === 'all' ? 'append' : 'replace'
      const targets = [server.declared, duckdbFile(path)].map((to) => target('bi.route', { from, to, mode }))
      const report = await at.run([from], { targets })
      expect(report.tables[0]?.error).toBeUndefined()
      expect(report.tables[0]?.counts).toMatchObject({ written: rowsAtOnce, rejected: 0 })
      expect(report.targets.map((t) => t.error ?? t.counts?.inserted)).toEqual([rowsAtOnce, rowsAtOnce])
      const found = [
        ...changes(route, 'lake', put, await lakeRows(at, route, first)),
        ...changes(route, 'PostgreSQL', put, await serverRows(client, route, first)),
        ...changes(
          route,
          'DuckDB',
          put,
          await duckRows(route, 'w.bi.route', first, `ATTACH ${quoteText(path)} AS w (READ_ONLY)`),
        ),
      ]
      if (batch === 0) expectNoticed(route, put)
      expect(found, `ROUTE_SEED=${seed}, batch ${batch}`).toEqual([])
      cases += rowsAtOnce * width
    }
    const seconds = Math.round((performance.now() - began) / 1000)
    process.stdout.write(
      `${route.name} → lake → PostgreSQL and DuckDB, seed ${seed}: ${cases} cases, 0 changed, ${seconds} s\n`,
    )
  } finally {
    await client.end()
  }
}

/** A number without any rounding in one way of writing. */
function number(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(text) ?? []
  const all = `${whole}${fraction}`.replace(/^0+/, '')
  const kept = all.replace(/0+$/, '')
  return kept === '' ? '0' : `${sign}${kept}e${Number(exponent) - fraction.length + all.length - kept.length}`
}

/** A document whose numbers and white space may be spelt otherwise. */
export function sameDocument(text: string): string {
  const revive = (_key: string, value: unknown, context?: { readonly source?: string }): unknown =>
    typeof value === 'number' ? { number: number(context?.source ?? '') } : value
  return document(JSON.parse(text, revive as (key: string, value: unknown) => unknown))
}
