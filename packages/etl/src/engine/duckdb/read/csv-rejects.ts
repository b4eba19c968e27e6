import { EtlError } from '../../../base/errors.ts'
import { quoteName } from '../../../function/dialect.ts'
import type { OpenedRejects } from './contract.ts'
import { badCount, badRows, misfits } from './csv-columns.ts'
import { judgedColumns, type JudgedColumn } from './csv-judge.ts'
import {
  columnsFor,
  locate,
  normalise,
  type NormalText,
  type OpenedText,
  type Reading,
  relationOf,
} from './csv-open.ts'
import { printNormalisedRelation } from './csv-relation.ts'

/** Beyond so many distinct misfits a text is written in plain form and judged by the engine. */
const maxMisfits = 10_000

async function queryRows(reading: Reading, sql: string): Promise<readonly (readonly unknown[])[]> {
  const result = await reading.context.connection.runAndReadAll(sql)
  return result.getRowsJson()
}

async function countOf(reading: Reading, sql: string): Promise<number> {
  return Number((await queryRows(reading, sql))[0]?.[0] ?? 0)
}

/** Paths of the texts in which the engine's reader met records of the wrong shape. */
async function misshapen(reading: Reading): Promise<ReadonlySet<string>> {
  const exists = `SELECT count(*) FROM duckdb_tables() WHERE table_name = '${reading.id}_scan'`
  if ((await countOf(reading, exists)) === 0) return new Set()
  const rows = await queryRows(
    reading,
    `SELECT DISTINCT s.file_path FROM ${quoteName(`${reading.id}_scan`)} s JOIN ${quoteName(reading.id)} r
       ON s.scan_id = r.scan_id AND s.file_id = r.file_id`,
  )
  return new Set(rows.map((r) => String(r[0])))
}

/** What a text's records are judged by, or undefined when there are too many distinct misfits. */
async function judgedIn(text: OpenedText, reading: Reading): Promise<readonly JudgedColumn[] | undefined> {
  const columns = columnsFor(text, reading)
  const sql = misfits(columns, relationOf([text], reading), maxMisfits + 1)
  const rows = sql === undefined ? [] : await queryRows(reading, sql)
  if (rows.length > maxMisfits) return undefined
  const byColumn = Map.groupBy(rows, (r) => Number(r[0]))
  const texts = new Map([...byColumn].map(([i, found]) => [i, found.map((r) => String(r[1]))]))
  const nulls = reading.format.columns.map((c) => c.nulls ?? [])
  return judgedColumns(columns, text.positions, nulls, texts)
}

function checkShape(text: OpenedText, good: number, scanned: number): void {
  if (good === scanned) return
  throw new EtlError(
    'source.corrupt',
    `${text.file.path} has ${good} well-formed records, but ${scanned} were read; nothing is published`,
    { hint: 'check the quotes of the file, or declare quote: null if it has none' },
  )
}

/** Ill-typed records that were found again, and SQL for those that are not in the spool. */
interface Found {
  /** All of them. */
  rows: number
  /** Those that `parts` select. */
  selected: number
  readonly parts: string[]
}

async function judgePlain(normal: NormalText, found: Found, reading: Reading): Promise<void> {
  const columns = columnsFor(normal.text, reading)
  const relation = printNormalisedRelation([normal.path], normal.text.width, normal.longest)
  const sql = badRows(columns, relation, normal.text.file.path)
  const count = badCount(columns, relation)
  if (sql === undefined || count === undefined) return
  const rows = await countOf(reading, count)
  if (rows === 0) return
  found.rows += rows
  found.selected += rows
  found.parts.push(sql)
}

/** What the finished statement said. */
export interface Observed {
  readonly scanned: number
  readonly good: number
}

/** Finds the rejects of a directly read text, in a second pass over it alone. */
async function judgeDirect(
  text: OpenedText,
  wrongType: boolean,
  scanned: number | undefined,
  found: Found,
  reading: Reading,
): Promise<void> {
  const judged = wrongType ? await judgedIn(text, reading) : []
  const counts = judged === undefined ? await normalise(text, reading) : await locate(text, judged, reading)
  const read = scanned ?? (await countOf(reading, `SELECT count(*) FROM ${relationOf([text], reading)}`))
  checkShape(text, counts.good, read)
  found.rows += counts.illTyped
  if ('path' in counts) await judgePlain(counts as NormalText, found, reading)
}

/**
 * Finds every record that is no row: where it stands, why, and its original text. Only texts with rejects are read a
 * second time. Fails with `source.corrupt` when the engine and our own record reader disagree about a text, and never
 * reports fewer rejects than records are missing.
 */
export async function rejectsOf(
  texts: readonly OpenedText[],
  normal: readonly NormalText[],
  observed: Observed,
  reading: Reading,
): Promise<OpenedRejects | undefined> {
  const illTyped = observed.scanned - observed.good
  const found: Found = { rows: 0, selected: 0, parts: [] }
  const shapes = await misshapen(reading)
  for (const text of texts.filter((t) => t.direct !== undefined)) {
    const wrongShape = shapes.has(text.path)
    let wrongType = illTyped > 0
    if (wrongType && texts.length > 1) {
      const sql = badCount(columnsFor(text, reading), relationOf([text], reading))
      wrongType = sql !== undefined && (await countOf(reading, sql)) > 0
    }
    if (!wrongShape && !wrongType) continue
    await judgeDirect(text, wrongType, texts.length === 1 ? observed.scanned : undefined, found, reading)
  }
  for (const n of illTyped > 0 ? normal : []) await judgePlain(n, found, reading)
  if (found.rows !== illTyped) {
    throw new EtlError(
      'bug.unreachable',
      `${illTyped} records were refused, but ${found.rows} of them could be found again`,
    )
  }
  const spooled = await reading.rejects.close()
  const rows = found.selected + (spooled?.rows ?? 0)
  if (spooled !== undefined) found.parts.push(spooled.sql)
  return rows === 0 ? undefined : { sql: found.parts.join(' UNION ALL '), rows }
}
