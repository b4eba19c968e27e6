import type { SqlQuery, TableDeclaration } from '../../packages/etl/src/author/table.ts'
import type { IdField, ScanBinding } from '../../packages/etl/src/engine/contract.ts'
import {
  date,
  decimal,
  int32,
  type LogicalType,
  type Schema,
  text,
} from '../../packages/etl/src/plan/type.ts'
import type { Tpcds } from '../../tools/peers/tpcds.ts'

/** One of the 99 queries. */
export interface TpcdsQuery {
  readonly name: string
  /** As published, but for a name that DuckDB has reserved since. */
  readonly sql: string
  /** Without the last LIMIT: its ORDER BY leaves ties, so only all rows can be compared. */
  readonly unlimited: string
}

/** The relations of TPC-DS with what runs over them. */
export interface TpcdsProject {
  readonly queries: readonly TpcdsQuery[]
  readonly schemas: ReadonlyMap<string, Schema>
  /** The query as the `sql` tag would make it, over the relations that it names. */
  readonly query: (sql: string) => SqlQuery
  /** The data files as lake tables, by table name. */
  readonly inputs: ReadonlyMap<string, ScanBinding>
}

function typeOf(written: string): LogicalType {
  if (written === 'INTEGER') return int32
  if (written === 'VARCHAR') return text
  if (written === 'DATE') return date
  const match = /^DECIMAL\((\d+),(\d+)\)$/.exec(written)
  if (match === null) throw new Error(`TPC-DS has a column of type ${written}`)
  return decimal(Number(match[1]), Number(match[2]))
}

const declared = (relation: string): TableDeclaration => ({
  kind: 'table',
  name: `tpcds.${relation}`,
  id: `tpcds.${relation}`,
  content: { kind: 'plan', root: { kind: 'scan', input: 'raw', schema: [] }, tables: [] },
  partition: [],
  contract: 'evolve',
  functions: new Map(),
})

/** Makes a project of the generated data and queries. */
export function projectOf(tpcds: Tpcds): TpcdsProject {
  const byTable = Map.groupBy(tpcds.columns, (c) => c.table)
  const schemas = new Map<string, readonly IdField[]>(
    [...byTable].map(([table, columns]) => [
      table,
      columns.map((c, i) => ({ id: i + 1, name: c.name, type: typeOf(c.type), nullable: true })),
    ]),
  )
  const tables = new Map([...schemas.keys()].map((relation) => [relation, declared(relation)]))
  const inputs = new Map<string, ScanBinding>(
    [...tpcds.files].map(([table, file]) => [
      `tpcds.${table}`,
      { kind: 'lake', files: [file], schema: schemas.get(table) ?? [] },
    ]),
  )
  return {
    queries: tpcds.queries.map(({ number, sql }) => {
      // DuckDB reads AT as the beginning of a time travel clause since 1.4.
      const readable = sql.trim().replace(/\) AT,/, ') "at",')
      return {
        name: `query ${number}`,
        sql: readable,
        unlimited: readable.replace(/\blimit\s+\d+\s*;?\s*$/i, ''),
      }
    }),
    schemas: new Map(
      [...schemas].map(([table, fields]) => [
        table,
        fields.map(({ name, type, nullable }) => ({ name, type, nullable })),
      ]),
    ),
    query: (sql) => ({
      kind: 'sql',
      text: sql,
      tables: [...tables]
        .filter(([relation]) => new RegExp(`\\b${relation}\\b`, 'i').test(sql))
        .map(([relation, table]) => ({ relation, table })),
    }),
    inputs,
  }
}

/** A row for comparison: floats are numbers, all else is text, NULL is null. */
export type Row = readonly (number | string | null)[]

/** Brings the values of a row to what is compared: exact numbers lose their width, floats stay numbers. */
export function comparable(row: readonly unknown[], schema: Schema): Row {
  return row.map((value, i) => {
    if (value === null || value === undefined) return null
    if (schema[i]?.type.kind === 'float64') return Number(value)
    const written = String(value)
    return /^-?\d+\.\d+$/.test(written) ? written.replace(/\.?0+$/, '') : written
  })
}

const isFloat = (value: unknown): value is number => typeof value === 'number'

const close = (a: unknown, b: unknown): boolean =>
  Object.is(a, b) ||
  (isFloat(a) && isFloat(b) && Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a), Math.abs(b)))

const exactPart = (row: Row): string => JSON.stringify(row.map((v) => (isFloat(v) ? 0 : v)))
const byFloats = (a: Row, b: Row): number => {
  for (const [i, x] of a.entries()) {
    const y = b[i]
    if (isFloat(x) && isFloat(y) && !close(x, y)) return x - y
  }
  return 0
}

const inOrder = (rows: readonly Row[]): Row[] =>
  rows
    .map((row) => ({ row, key: exactPart(row) }))
    .toSorted((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : byFloats(a.row, b.row)))
    .map((r) => r.row)

/**
 * The first difference of two multisets of rows, in a sentence; undefined for none. Exact values must be equal, floats to
 * a relative 1e-9.
 */
export function firstDifference(ours: readonly Row[], theirs: readonly Row[]): string | undefined {
  if (ours.length !== theirs.length) return `${ours.length} rows, expected ${theirs.length}`
  const [a, b] = [inOrder(ours), inOrder(theirs)]
  const at = a.findIndex((row, i) => row.length !== b[i]?.length || !row.every((v, c) => close(v, b[i]?.[c])))
  return at < 0
    ? undefined
    : `${JSON.stringify(a[at]?.map(String))}, expected ${JSON.stringify(b[at]?.map(String))}`
}

/** Whether every row of a part is among all rows, as often at most; floats to a relative 1e-9. */
export function isPart(part: readonly Row[], all: readonly Row[]): boolean {
  const left = Map.groupBy(all, exactPart)
  return part.every((row) => {
    const alike = left.get(exactPart(row)) ?? []
    const at = alike.findIndex((other) => row.every((v, c) => close(v, other[c])))
    if (at >= 0) alike.splice(at, 1)
    return at >= 0
  })
}
