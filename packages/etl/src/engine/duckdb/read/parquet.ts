import type { DuckDBConnection } from '@duckdb/node-api'
import { EtlError } from '../../../base/errors.ts'
import { quoteName, quoteText, sqlType } from '../../../function/dialect.ts'
import type { FileScan } from '../../../plan/source.ts'
import { type Field, typeName } from '../../../plan/type.ts'
import type { OpenedFiles, ReadContext } from './contract.ts'
import { type ParquetFooter, readParquetFooter, refuseParquet } from './parquet-footer.ts'
import { checkInt96, checkPages } from './parquet-page.ts'
import { storedValue } from './parquet-value.ts'

/** Files with one stored schema, and how their columns become the declared ones. */
interface Group {
  readonly paths: readonly string[]
  readonly columns: readonly GroupColumn[]
}

interface GroupColumn {
  readonly field: Field
  /** The stored column, or undefined when the files have none. */
  readonly stored: string | undefined
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
  const stored = await describe(first, connection)
  const columns = scan.schema.map((field) => planColumn(field, sourceName(scan, field), stored, first))
  const used = new Set(columns.flatMap((c) => (c.stored === undefined ? [] : [c.stored])))
  for (const footer of footers) {
    await checkPages(footer, used)
    await checkInt96(footer, used)
  }
  return { paths: footers.map((f) => f.path), columns }
}

function sourceName(scan: FileScan, field: Field): string {
  if (scan.format.kind !== 'parquet') return field.name
  return scan.format.columns.find((c) => c.name === field.name)?.from ?? field.name
}

/** The stored columns of a file with their types as DuckDB names them. */
async function describe(
  footer: ParquetFooter,
  connection: DuckDBConnection,
): Promise<ReadonlyMap<string, string>> {
  const top: string[] = []
  for (let i = 1; i < footer.metadata.schema.length; i += 1) {
    top.push(footer.metadata.schema[i]?.name ?? '')
    i += descendants(footer, i)
  }
  const twice = top.find((name, i) => top.indexOf(name) !== i)
  if (twice !== undefined) throw refuseParquet(footer.path, `it has the column "${twice}" twice`)
  try {
    const result = await connection.runAndReadAll(
      `DESCRIBE SELECT * FROM read_parquet(${quoteText(footer.path)}, hive_partitioning = false)`,
    )
    const types = result.getRows().map((row) => String(row[1]))
    return new Map(top.map((name, i) => [name, types[i] ?? '']))
  } catch (cause) {
    throw refuseParquet(footer.path, `its schema is not understood (${(cause as Error).message})`, cause)
  }
}

/** How many elements of the flat schema belong below one. */
function descendants(footer: ParquetFooter, index: number): number {
  let count = 0
  for (let open = footer.metadata.schema[index]?.num_children ?? 0; open > 0; open -= 1) {
    count += 1
    open += footer.metadata.schema[index + count]?.num_children ?? 0
  }
  return count
}

function planColumn(
  field: Field,
  from: string,
  stored: ReadonlyMap<string, string>,
  footer: ParquetFooter,
): GroupColumn {
  const name = stored.has(from)
    ? from
    : [...stored.keys()].find((n) => n.toLowerCase() === from.toLowerCase())
  if (name === undefined) {
    if (!field.nullable) throw refuseParquet(footer.path, `it has no column "${from}", which is required`)
    return {
      field,
      stored: undefined,
      value: `CAST(NULL AS ${sqlType(field.type, 'duckdb')})`,
      bad: undefined,
    }
  }
  const conversion = storedValue(stored.get(name) ?? '', field.type, quoteName(name))
  if (typeof conversion === 'string') throw refuseParquet(footer.path, `column "${name}": ${conversion}`)
  const misfit = `(${quoteName(name)} IS NOT NULL AND (${conversion.value}) IS NULL)`
  const bad = field.nullable ? (conversion.partial ? misfit : undefined) : `(${conversion.value}) IS NULL`
  return { field, stored: name, value: conversion.value, bad }
}

const readFiles = (group: Group, extra = ''): string =>
  `read_parquet([${group.paths.map(quoteText).join(', ')}], hive_partitioning = false${extra})`

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
      const name = quoteName(c.stored ?? '')
      const lead = quoteText(`${c.field.name}: `)
      const misfit = `${lead} || left(CAST(${name} AS VARCHAR), 200) || ${quoteText(` is no ${typeName(c.field.type)}`)}`
      return `WHEN ${c.bad} THEN CASE WHEN ${name} IS NULL THEN ${quoteText(`${c.field.name}: the value is missing`)} ELSE ${misfit} END`
    })
    const stored = [...new Set(group.columns.flatMap((c) => c.stored ?? []))]
    const original = `CAST(to_json(struct_pack(${stored.map((n) => `${quoteName(n)} := ${quoteName(n)}`).join(', ')})) AS VARCHAR)`
    return [
      `SELECT 'parquet.type' AS rule, CASE ${cases.join(' ')} END AS reason, filename AS source, file_row_number + 1 AS line, CAST(NULL AS BIGINT) AS "offset", ${original} AS original FROM ${readFiles(group, ', filename = true, file_row_number = true')} WHERE ${bad.map((c) => c.bad).join(' OR ')}`,
    ]
  })
  return parts.join(' UNION ALL ')
}
