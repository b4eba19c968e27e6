import { randomBytes } from 'node:crypto'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { EtlError } from '../../../base/errors.ts'
import { quoteName } from '../../../function/dialect.ts'
import { sqlType } from '../../../function/dialect.ts'
import type { CsvDialect, FileFormat, FileScan, ResolvedFile } from '../../../plan/source.ts'
import type { OpenedFiles, OpenedRejects, ReadContext } from './contract.ts'
import { badCount, badRows, goodRows, type TypedColumn, typedColumn } from './csv-columns.ts'
import { positionsOf, readCsvHead } from './csv-head.ts'
import { type DataStart, type Normalised, normaliseCsv } from './csv-normalise.ts'
import { type CsvSyntax, syntaxOf } from './csv-record.ts'
import { type CsvGroup, printDialectRelation, printNormalisedRelation } from './csv-relation.ts'
import { surveyCsv } from './csv-survey.ts'
import { openRejectSpool, type RejectSpool } from './reject-file.ts'
import { unpackText } from './unpack.ts'

type CsvFormat = Extract<FileFormat, { kind: 'csv' }>

/** A source file made ready for reading. */
interface OpenedText {
  readonly file: ResolvedFile
  /** Plain UTF-8, or what is left of it. */
  readonly path: string
  readonly sameOffsets: boolean
  readonly start: DataStart
  readonly width: number
  readonly positions: readonly number[]
  /** How the engine's own reader reads it; undefined when it cannot. */
  readonly direct: { readonly newline: '\n' | '\r\n'; readonly multiline: boolean } | undefined
  readonly index: number
}

/** A text whose well-formed records were written in plain form. */
interface NormalText extends Normalised {
  readonly text: OpenedText
  readonly path: string
}

interface Reading {
  readonly scan: FileScan
  readonly format: CsvFormat
  readonly syntax: CsvSyntax
  readonly context: ReadContext
  readonly id: string
  readonly rejects: RejectSpool
}

/** Whether the engine's own reader knows the dialect exactly as declared. */
function isDirectDialect(dialect: CsvDialect): boolean {
  const simpleEscape = dialect.quote === null || dialect.escape === null || dialect.escape === dialect.quote
  const ascii = /^[\t -~]{1,4}$/.test(dialect.delimiter) && /^[!-~]?$/.test(dialect.quote ?? '')
  const onlyEmptyNull = dialect.nulls.every((n) => n === '')
  return simpleEscape && ascii && onlyEmptyNull && dialect.comment === null && !dialect.trim
}

async function openText(file: ResolvedFile, index: number, reading: Reading): Promise<OpenedText> {
  const { format, syntax, context } = reading
  const { path, sameOffsets } = await unpackText(file, {
    encoding: format.dialect.encoding,
    scratch: context.scratch,
    name: `${reading.id}-${index}.txt`,
    ...(context.signal ? { signal: context.signal } : {}),
  })
  const head = await readCsvHead(path, format.dialect, syntax)
  const hasColumns = head.names !== undefined || !format.dialect.header
  const survey =
    hasColumns && head.plain && head.start.offset < (await stat(path)).size && isDirectDialect(format.dialect)
      ? await surveyCsv(path, head.start.offset, syntax)
      : undefined
  return {
    file,
    path,
    sameOffsets,
    start: head.start,
    width: head.names?.length ?? format.columns.length,
    positions: hasColumns
      ? positionsOf(file.path, head.names, format.columns)
      : format.columns.map((_, i) => i),
    direct: survey?.regular === true ? survey : undefined,
    index,
  }
}

async function normalise(text: OpenedText, reading: Reading): Promise<NormalText> {
  const path = join(reading.context.scratch, `${reading.id}-${text.index}.plain.csv`)
  const counts = await normaliseCsv({
    path: text.path,
    start: text.start,
    syntax: reading.syntax,
    width: text.width,
    nulls: reading.format.dialect.nulls,
    out: path,
    rejects: reading.rejects,
    source: text.file.path,
    sameOffsets: text.sameOffsets,
    ...(reading.context.signal ? { signal: reading.context.signal } : {}),
  })
  return { ...counts, text, path }
}

function columnsFor(text: OpenedText, reading: Reading): readonly TypedColumn[] {
  return reading.scan.schema.map((field, i) => {
    const column = reading.format.columns[i] ?? { name: field.name, from: field.name }
    return typedColumn(field, column, `c${text.positions[i] ?? 0}`)
  })
}

const groupOf = (texts: readonly OpenedText[]): CsvGroup => ({
  paths: texts.map((t) => t.path),
  width: texts[0]?.width ?? 0,
  skip: (texts[0]?.start.line ?? 1) - 1,
  newline: texts[0]?.direct?.newline ?? '\n',
  multiline: texts[0]?.direct?.multiline ?? false,
})

const shapeOf = (t: OpenedText): string => JSON.stringify([t.direct, t.start.line, t.width, t.positions])

function relationOf(texts: readonly OpenedText[], reading: Reading): string {
  return printDialectRelation(groupOf(texts), reading.format.dialect, reading.id)
}

function selectAll(texts: readonly OpenedText[], normal: readonly NormalText[], reading: Reading): string {
  const parts: string[] = []
  for (const group of Map.groupBy(texts, shapeOf).values()) {
    const [first] = group
    if (first === undefined) continue
    const plain = normal.filter((n) => group.includes(n.text))
    const relation =
      first.direct === undefined
        ? printNormalisedRelation(
            plain.map((n) => n.path),
            first.width,
            Math.max(...plain.map((n) => n.longest)),
          )
        : relationOf(group, reading)
    parts.push(goodRows(columnsFor(first, reading), relation))
  }
  if (parts.length > 0) return parts.join(' UNION ALL ')
  const nothing = reading.scan.schema.map(
    (f) => `CAST(NULL AS ${sqlType(f.type, 'duckdb')}) AS ${quoteName(f.name)}`,
  )
  return `SELECT ${nothing.join(', ')} WHERE FALSE`
}

async function queryRows(reading: Reading, sql: string): Promise<readonly (readonly unknown[])[]> {
  const result = await reading.context.connection.runAndReadAll(sql)
  return result.getRowsJson()
}

async function countOf(reading: Reading, sql: string): Promise<number> {
  return Number((await queryRows(reading, sql))[0]?.[0] ?? 0)
}

/** Paths of the texts in which the engine's reader met records of the wrong shape. */
async function misshapen(reading: Reading): Promise<ReadonlySet<string>> {
  const [exists] = await queryRows(
    reading,
    `SELECT count(*) FROM duckdb_tables() WHERE table_name = '${reading.id}_scan'`,
  )
  if (Number(exists?.[0] ?? 0) === 0) return new Set()
  const rows = await queryRows(
    reading,
    `SELECT DISTINCT s.file_path FROM ${quoteName(`${reading.id}_scan`)} s JOIN ${quoteName(reading.id)} r
       ON s.scan_id = r.scan_id AND s.file_id = r.file_id`,
  )
  return new Set(rows.map((r) => String(r[0])))
}

/** The directly read texts that hold rejects, each normalised; the others were good to the last record. */
async function suspects(
  texts: readonly OpenedText[],
  illTyped: number,
  reading: Reading,
): Promise<readonly NormalText[]> {
  const direct = texts.filter((t) => t.direct !== undefined)
  const shapes = await misshapen(reading)
  const found: NormalText[] = []
  for (const text of direct) {
    const wrongShape = shapes.has(text.path)
    let wrongType = illTyped > 0
    if (wrongType && !wrongShape && texts.length > 1) {
      const sql = badCount(columnsFor(text, reading), relationOf([text], reading))
      wrongType = sql !== undefined && (await countOf(reading, sql)) > 0
    }
    if (!wrongShape && !wrongType) continue
    const normal = await normalise(text, reading)
    const scanned = await countOf(reading, `SELECT count(*) FROM ${relationOf([text], reading)}`)
    if (scanned !== normal.good) {
      throw new EtlError(
        'source.corrupt',
        `${text.file.path} has ${normal.good} well-formed records, but ${scanned} were read; nothing is published`,
        { hint: 'check the quotes of the file, or declare quote: null if it has none' },
      )
    }
    found.push(normal)
  }
  return found
}

async function rejectsOf(
  texts: readonly OpenedText[],
  normal: readonly NormalText[],
  illTyped: number,
  reading: Reading,
): Promise<OpenedRejects | undefined> {
  const all = [...normal, ...(await suspects(texts, illTyped, reading))]
  const parts: string[] = []
  let rows = 0
  for (const n of illTyped > 0 ? all : []) {
    const columns = columnsFor(n.text, reading)
    const relation = printNormalisedRelation([n.path], n.text.width, n.longest)
    const sql = badRows(columns, relation, n.text.file.path)
    const count = badCount(columns, relation)
    if (sql === undefined || count === undefined) continue
    rows += await countOf(reading, count)
    parts.push(sql)
  }
  if (rows !== illTyped) {
    throw new EtlError(
      'bug.unreachable',
      `${illTyped} records were refused, but ${rows} of them could be found again`,
    )
  }
  const shape = await reading.rejects.close()
  if (shape !== undefined) parts.push(shape.sql)
  rows += shape?.rows ?? 0
  return rows === 0 ? undefined : { sql: parts.join(' UNION ALL '), rows }
}

/**
 * Opens delimited text files as one relation.
 *
 * Regular files are read by DuckDB's parallel reader, nothing sniffed. A file that it would misread (broken quotes,
 * mixed line ends, other dialects) is first written in plain form by our own record reader. Every record is a row or a
 * reject. An empty line is no record; empty fields beyond the last column are ignored.
 *
 * Fails with `source.header` when a declared column is missing, `source.corrupt` and `source.too-large` as `unpackText`
 * does, and `config.invalid` for types that text has no form for.
 */
export async function openCsv(scan: FileScan, context: ReadContext): Promise<OpenedFiles> {
  if (scan.format.kind !== 'csv')
    throw new EtlError('bug.unreachable', `openCsv was given ${scan.format.kind}`)
  const id = `csv_${randomBytes(8).toString('hex')}`
  const reading: Reading = {
    scan,
    format: scan.format,
    syntax: syntaxOf(scan.format.dialect),
    context,
    id,
    rejects: openRejectSpool(context.scratch, id),
  }
  const texts: OpenedText[] = []
  const normal: NormalText[] = []
  for (const [index, file] of scan.files.entries()) {
    context.signal?.throwIfAborted()
    const text = await openText(file, index, reading)
    texts.push(text)
    if (text.direct === undefined) normal.push(await normalise(text, reading))
  }
  return {
    select: selectAll(texts, normal, reading),
    finish: async ({ scanned, good }) => rejectsOf(texts, normal, scanned - good, reading),
  }
}
