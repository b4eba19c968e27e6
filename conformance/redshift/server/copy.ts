import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { type DuckDBConnection, DuckDBInstance } from '@duckdb/node-api'
import type { S3Server } from '../../s3/server/index.ts'
import type { CopyCommand } from './copy-command.ts'
import type { TableColumn } from './create-table.ts'
import { RedshiftError } from './error.ts'

interface Entry {
  readonly url: string
  readonly mandatory: boolean
  readonly meta?: { readonly content_length?: number }
}

/** Where COPY reads from, and with what right. */
export interface CopySource {
  readonly s3: S3Server
  readonly roles: ReadonlySet<string>
}

function objectAt({ s3 }: CopySource, url: string): Buffer | undefined {
  const [, bucket = '', key = ''] = /^s3:\/\/([^/]+)\/(.+)$/.exec(url) ?? []
  return s3.buckets.get(bucket)?.objects.get(key)?.bytes
}

function entriesOf(source: CopySource, address: string): readonly Entry[] {
  const manifest = objectAt(source, address)
  if (manifest === undefined)
    throw new RedshiftError(
      `Problem reading manifest file - S3ServiceException:The specified key does not exist.,Status 404,Error NoSuchKey ${address}`,
    )
  const { entries } = JSON.parse(manifest.toString('utf8')) as { readonly entries?: readonly Entry[] }
  if (!Array.isArray(entries) || entries.length === 0) throw new RedshiftError('Manifest file has no entries')
  return entries as readonly Entry[]
}

/** What a column of a Parquet file must be for a column of a table: exactly that. */
const wanted: Readonly<Record<string, (c: FileColumn) => boolean>> = {
  BOOLEAN: (c) => c.physical === 'BOOLEAN',
  SMALLINT: (c) => c.physical === 'INT32' && c.converted === 'INT_16',
  INTEGER: (c) => c.physical === 'INT32' && ['', 'INT_32'].includes(c.converted),
  BIGINT: (c) => c.physical === 'INT64' && ['', 'INT_64'].includes(c.converted),
  'DOUBLE PRECISION': (c) => c.physical === 'DOUBLE',
  VARCHAR: (c) => c.physical === 'BYTE_ARRAY' && c.converted === 'UTF8',
  VARBYTE: (c) => c.physical === 'BYTE_ARRAY' && c.converted === '',
  DATE: (c) => c.physical === 'INT32' && c.converted === 'DATE',
  TIMESTAMP: (c) => c.physical === 'INT64' && c.converted === 'TIMESTAMP_MICROS',
}

interface FileColumn {
  readonly name: string
  readonly physical: string
  readonly converted: string
  readonly decimal: string
  readonly isNested: boolean
}

async function columnsIn(connection: DuckDBConnection, file: string): Promise<readonly FileColumn[]> {
  const read = await connection.runAndReadAll(
    `SELECT name, coalesce(type, ''), coalesce(converted_type, ''), precision || ',' || scale, coalesce(num_children, 0)
     FROM parquet_schema('${file}')`,
  )
  const rows = read.getRows().slice(1)
  const columns: FileColumn[] = []
  for (let i = 0; i < rows.length;) {
    const [name, physical, converted, decimal, children] = rows[i] ?? []
    columns.push({
      name: String(name),
      physical: String(physical),
      converted: String(converted),
      decimal: String(decimal),
      isNested: Number(children) > 0,
    })
    let left = 1
    for (; left > 0 && i < rows.length; i++) left += Number(rows[i]?.[4]) - 1
  }
  return columns
}

function assertFits(columns: readonly TableColumn[], found: readonly FileColumn[], copy: CopyCommand): void {
  if (found.length !== columns.length)
    throw new RedshiftError(
      `Unmatched number of columns between table and file. Table columns: ${columns.length}, Data columns: ${found.length}`,
    )
  for (const [i, { name, type }] of columns.entries()) {
    const column = found[i]
    if (column === undefined) continue
    const bad = (why: string): RedshiftError =>
      new RedshiftError(
        `Spectrum Scan Error: file has an incompatible Parquet schema for column '${name}'. Column type: ${type.base}, Parquet schema: ${column.physical} ${column.converted} ${why}`,
      )
    if (type.base === 'SUPER') {
      if (!copy.serializesToJson)
        throw new RedshiftError('SUPER column in COPY query requires SERIALIZETOJSON option')
      continue
    }
    if (column.isNested) throw bad('nested')
    const isDecimal = type.base.startsWith('DECIMAL')
    const isRight = isDecimal
      ? column.converted === 'DECIMAL' && type.base === `DECIMAL(${column.decimal})`
      : (wanted[type.base]?.(column) ?? false)
    if (!isRight) throw bad(column.decimal)
  }
}

/** A value as a field of a line of PostgreSQL's COPY in its text format; fails on what the column does not hold. */
function printField({ name, type }: TableColumn, column: FileColumn): string {
  const x = `"${column.name.replaceAll('"', '""')}"`
  const long = (bytes: string): string =>
    `CASE WHEN ${bytes} > ${type.length} THEN error('The length of the data column ${name.replaceAll("'", "''")} is longer than the length defined in the table. Table: ${type.length}, Data: ' || ${bytes})`
  if (type.base === 'SUPER') return `replace(CAST(to_json(${x}) AS VARCHAR), '\\', '\\\\')`
  if (type.base === 'VARBYTE') return `${long(`octet_length(${x})`)} ELSE '\\\\x' || lower(hex(${x})) END`
  if (type.base !== 'VARCHAR') return `CAST(${x} AS VARCHAR)`
  const escaped = [
    [`'\\'`, `'\\\\'`],
    ['chr(9)', `'\\t'`],
    ['chr(10)', `'\\n'`],
    ['chr(13)', `'\\r'`],
  ].reduce((sql, [from, to]) => `replace(${sql}, ${from}, ${to})`, x)
  return `${long(`strlen(${x})`)} WHEN contains(${x}, chr(0)) THEN error('Invalid null byte - field longer than 1 byte') ELSE ${escaped} END`
}

/** Reads the files of a COPY and gives their rows as the lines of PostgreSQL's COPY. */
export async function linesOf(
  copy: CopyCommand,
  columns: readonly TableColumn[],
  source: CopySource,
): Promise<readonly Buffer[]> {
  if (!source.roles.has(copy.role))
    throw new RedshiftError(`User arn:aws:redshift is not authorized to assume IAM Role ${copy.role}`)
  const folder = await mkdtemp(path.join(tmpdir(), 'redshift-copy-'))
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  const lines: Buffer[] = []
  try {
    for (const [i, { url, mandatory, meta }] of entriesOf(source, copy.manifest).entries()) {
      const bytes = objectAt(source, url)
      if (bytes === undefined && mandatory)
        throw new RedshiftError(`S3ServiceException:The specified key does not exist.,Status 404 ${url}`)
      if (bytes === undefined) continue
      if (meta?.content_length !== bytes.length)
        throw new RedshiftError(
          `The content_length of ${url} in the manifest, ${meta?.content_length}, is not the size of the file, ${bytes.length}`,
        )
      const file = path.join(folder, `${i}.parquet`)
      await writeFile(file, bytes)
      const found = await columnsIn(connection, file)
      assertFits(columns, found, copy)
      const fields = columns.map((c, n) => {
        const column = found[n]
        return column === undefined ? 'NULL' : `coalesce(${printField(c, column)}, '\\N')`
      })
      const sql = `SELECT encode(concat_ws(chr(9), ${fields.join(', ')}) || chr(10)) FROM read_parquet('${file}')`
      const result = await connection.stream(sql)
      for (
        let chunk = await result.fetchChunk();
        chunk !== null && chunk.rowCount > 0;
        chunk = await result.fetchChunk()
      )
        lines.push(
          Buffer.concat(chunk.getColumnValues(0).map((v) => Buffer.from((v as { bytes: Uint8Array }).bytes))),
        )
    }
    return lines
  } catch (error) {
    if (error instanceof RedshiftError) throw error
    throw new RedshiftError((error as Error).message.replace(/^Invalid Input Error: /, ''))
  } finally {
    connection.closeSync()
    instance.closeSync()
    await rm(folder, { recursive: true, force: true })
  }
}
