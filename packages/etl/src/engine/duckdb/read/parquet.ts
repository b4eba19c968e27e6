import type { DuckDBConnection } from '@duckdb/node-api'
import { EtlError } from '../../../base/errors.ts'
import { quoteName, quoteText, sqlType } from '../../../function/dialect.ts'
import type { FileScan } from '../../../plan/source.ts'
import { type Field, typeName } from '../../../plan/type.ts'
import { pathList, quotePath } from '../file-path.ts'
import type { OpenedFiles, ReadContext } from './contract.ts'
import { type ParquetFooter, readParquetFooter, refuseParquet } from './parquet-footer.ts'
import { checkInt96 } from './parquet-int96.ts'
import { checkPages } from './parquet-page.ts'
import { columnProblem, storedColumns } from './parquet-schema.ts'
import { storedValue } from './parquet-value.ts'

/** Files with one stored schema, and how their columns become the declared ones. */
interface Group {
  readonly paths: readonly string[]
  /** The names of all stored columns, in their order. */
  readonly stored: readonly string[]
  readonly columns: readonly GroupColumn[]
}

interface GroupColumn {
  readonly field: Field
  /** The position of the stored column, or undefined when the files have none. */
  readonly position: number | undefined
  readonly value: string
  /** True for rows whose stored value does not fit; undefined when all fit. */
  readonly bad: string | undefined
}

const footersAtOnce = 16

/**
 * Opens Parquet files as a relation.
 *
 * Columns are matched by name, exactly or else without regard to case; columns that are not declared are ignored, a
 * declared nullable column that a file does not have is NULL, files may differ in schema. A value that has no exact place
 * in its declared type, or a NULL in a required column, makes its row a reject with the row number in its file.
 *
 * Fails with `source.corrupt`, before any row is read, for a file that is damaged or encrypted, whose pages do not match
 * their checksums, whose column is stored in a type without an exact reading, or that misses a required column.
 */
export async function openParquet(scan: FileScan, context: ReadContext): Promise<OpenedFiles> {
  if (scan.format.kind !== 'parquet')
    throw new EtlError('bug.unreachable', 'the Parquet reader needs Parquet')
  const bySchema = new Map<string, ParquetFooter[]>()
  for (let i = 0; i < scan.files.length; i += footersAtOnce) {
    context.signal?.throwIfAborted()
    const files = scan.files.slice(i, i + footersAtOnce)
    for (const footer of await Promise.all(files.map((f) => readParquetFooter(f.path)))) {
      const schema = JSON.stringify(footer.metadata.schema)
      const group = bySchema.get(schema)
      if (group === undefined) bySchema.set(schema, [footer])
      else group.push(footer)
    }
  }
  const groups: Group[] = []
  for (const footers of bySchema.values()) groups.push(await planGroup(scan, footers, context.connection))
  return {
    select: selectOf(groups, scan),
    finish: async ({ scanned, good }) =>
      scanned === good ? undefined : { sql: rejectsOf(groups), rows: scanned - good },
  }
}

async function planGroup(
  scan: FileScan,
  footers: readonly ParquetFooter[],
  connection: DuckDBConnection,
): Promise<Group> {
  const [first] = footers
  if (first === undefined) throw new EtlError('bug.unreachable', 'a group of files is empty')
  const stored = storedColumns(first.metadata.schema).map((c) => c.name)
  const twice = stored.find((name, i) => stored.indexOf(name) !== i)
  if (twice !== undefined) throw refuseParquet(first.path, `it has the column "${twice}" twice`)
  const places = scan.schema.map((field) => placeOf(field, sourceName(scan, field), stored, first))
  const used = new Set(places.flatMap((p) => (p === undefined ? [] : (stored[p] ?? ''))))
  for (const footer of footers) {
    await checkPages(footer, used)
    await checkInt96(footer, used)
  }
  const types = await describe(first, connection)
  const columns = scan.schema.map((field, i) => planColumn(field, places[i], stored, types, first))
  return { paths: footers.map((f) => f.path), stored, columns }
}

function sourceName(scan: FileScan, field: Field): string {
  if (scan.format.kind !== 'parquet') return field.name
  return scan.format.columns.find((c) => c.name === field.name)?.from ?? field.name
}

/** The types of the stored columns of a file in their order, as DuckDB names them. */
async function describe(footer: ParquetFooter, connection: DuckDBConnection): Promise<readonly string[]> {
  try {
    const result = await connection.runAndReadAll(
      `DESCRIBE SELECT * FROM read_parquet(${quotePath(footer.path)}, hive_partitioning = false)`,
    )
    return result.getRows().map((row) => String(row[1]))
  } catch (cause) {
    throw refuseParquet(footer.path, `its schema is not understood (${(cause as Error).message})`, cause)
  }
}

/** The position of the stored column of a declared one: by its name, or else by the only one that differs in case. */
function placeOf(
  field: Field,
  from: string,
  stored: readonly string[],
  footer: ParquetFooter,
): number | undefined {
  const exact = stored.indexOf(from)
  if (exact >= 0) return exact
  const like = stored.flatMap((n, i) => (n.toLowerCase() === from.toLowerCase() ? [i] : []))
  if (like.length > 1)
    throw refuseParquet(footer.path, `it has several columns like "${from}", which differ only in case`)
  const [place] = like
  if (place === undefined && !field.nullable)
    throw refuseParquet(footer.path, `it has no column "${from}", which is required`)
  return place
}

function planColumn(
  field: Field,
  position: number | undefined,
  stored: readonly string[],
  types: readonly string[],
  footer: ParquetFooter,
): GroupColumn {
  if (position === undefined)
    return { field, position, value: `CAST(NULL AS ${sqlType(field.type, 'duckdb')})`, bad: undefined }
  const { schema } = footer.metadata
  const column = storedColumns(schema)[position]
  const problem = column === undefined ? undefined : columnProblem(schema, column)
  const x = alias(position)
  const conversion = problem ?? storedValue(types[position] ?? '', field.type, x)
  if (typeof conversion === 'string')
    throw refuseParquet(footer.path, `column "${stored[position] ?? ''}": ${conversion}`)
  const misfit = `(${x} IS NOT NULL AND (${conversion.value}) IS NULL)`
  const bad = field.nullable ? (conversion.partial ? misfit : undefined) : `(${conversion.value}) IS NULL`
  return { field, position, value: conversion.value, bad }
}

/**
 * Stored columns are addressed by position: DuckDB has names of its own (`filename`, `file_row_number`), and takes names
 * that differ only in case for one.
 */
const alias = (position: number): string => `c${position}`

const readFiles = ({ paths, stored }: Group): string =>
  `read_parquet(${pathList(paths)}, hive_partitioning = false) AS t(${stored.map((_, i) => alias(i)).join(', ')})`

function selectOf(groups: readonly Group[], scan: FileScan): string {
  if (groups.length === 0) {
    const none = scan.schema.map((f) => `CAST(NULL AS ${sqlType(f.type, 'duckdb')}) AS ${quoteName(f.name)}`)
    return `SELECT ${none.join(', ')} WHERE FALSE`
  }
  const parts = groups.map((group) => {
    const values = group.columns.map((c) => `${c.value} AS ${quoteName(c.field.name)}`).join(', ')
    const bad = group.columns.flatMap((c) => (c.bad === undefined ? [] : [c.bad]))
    // `random()` keeps the filter from being pushed into the scan, whose row count must be that of the file.
    const where = bad.length === 0 ? '' : ` WHERE NOT (${bad.join(' OR ')} OR random() < 0)`
    return `SELECT ${values} FROM ${readFiles(group)}${where}`
  })
  return parts.join(' UNION ALL ')
}

function rejectsOf(groups: readonly Group[]): string {
  const parts = groups.flatMap((group) => {
    const bad = group.columns.filter((c) => c.bad !== undefined)
    if (bad.length === 0) return []
    const cases = bad.map((c) => {
      const x = alias(c.position ?? 0)
      const lead = quoteText(`${c.field.name}: `)
      const misfit = `${lead} || left(CAST(${x} AS VARCHAR), 200) || ${quoteText(` is no ${typeName(c.field.type)}`)}`
      return `WHEN ${c.bad} THEN CASE WHEN ${x} IS NULL THEN ${quoteText(`${c.field.name}: the value is missing`)} ELSE ${misfit} END`
    })
    const used = [...new Set(group.columns.flatMap((c) => c.position ?? []))]
    const members = used.map((p) => `${quoteText(group.stored[p] ?? '')}, ${alias(p)}`)
    return [
      `SELECT 'parquet.type' AS rule, CASE ${cases.join(' ')} END AS reason, t.filename AS source, t.file_row_number + 1 AS line, CAST(NULL AS BIGINT) AS "offset", CAST(json_object(${members.join(', ')}) AS VARCHAR) AS original FROM ${readFiles(group)} WHERE ${bad.map((c) => c.bad).join(' OR ')}`,
    ]
  })
  return parts.join(' UNION ALL ')
}
