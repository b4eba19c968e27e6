import { EtlError } from '../../../base/errors.ts'
import { quoteName } from '../../../function/dialect.ts'
import type { OpenedRejects } from './contract.ts'
import { badCount, badRows, misfits, readPlainRow, readRecordedRow } from './csv-columns.ts'
import { judgedColumns, type JudgedColumn } from './csv-judge.ts'
import {
  columnsFor,
  locate,
  locateRecorded,
  normalise,
  type NormalText,
  type OpenedText,
  type Reading,
  relationOf,
  shapeOf,
} from './csv-open.ts'
import { printNormalisedRelation } from './csv-relation.ts'
import { openRejectSpool } from './reject-file.ts'
import type { RecordedFile } from './reject-recorder.ts'

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
  return judgedBy(
    text,
    rows.map((r) => [Number(r[0]), String(r[1])]),
    reading,
  )
}

/** What a text's records are judged by, given the texts that fit no type. */
function judgedBy(
  text: OpenedText,
  found: readonly (readonly [column: number, text: string])[],
  reading: Reading,
): readonly JudgedColumn[] {
  const byColumn = Map.groupBy(found, ([column]) => column)
  const texts = new Map([...byColumn].map(([i, pairs]) => [i, pairs.map(([, t]) => t)]))
  const nulls = reading.format.columns.map((c) => c.nulls ?? [])
  return judgedColumns(columnsFor(text, reading), text.positions, nulls, texts)
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
  const relation = printNormalisedRelation([normal], normal.text.width)
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
  const normal = judged === undefined ? await normalise(text, reading) : undefined
  const counts = normal ?? (await locate(text, judged ?? [], reading))
  const read = scanned ?? (await countOf(reading, `SELECT count(*) FROM ${relationOf([text], reading)}`))
  checkShape(text, counts.good, read)
  found.rows += counts.illTyped
  if (normal !== undefined) await judgePlain(normal, found, reading)
}

/** The texts of one scan, by the way they were read, and what the finished statement said of them. */
interface Search {
  readonly direct: readonly OpenedText[]
  readonly normal: readonly NormalText[]
  /** Paths of the direct texts with records of the wrong shape. */
  readonly misshapen: ReadonlySet<string>
  readonly observed: Observed
  readonly illTyped: number
}

const bytesOf = (texts: readonly OpenedText[]): number => texts.reduce((sum, t) => sum + t.file.size, 0)

async function rowsIn(texts: readonly OpenedText[], reading: Reading): Promise<number> {
  let rows = 0
  for (const group of Map.groupBy(texts, shapeOf).values())
    rows += await countOf(reading, `SELECT count(*) FROM ${relationOf(group, reading)}`)
  return rows
}

/**
 * Finds the rejects whose fields were taken down while the statement ran. Undefined when what it found is not all, or
 * when the engine and our own record reader count another number of records.
 */
async function findRecorded(
  search: Search,
  recorded: ReadonlyMap<string, RecordedFile>,
  reading: Reading,
): Promise<Found | undefined> {
  const rejects = openRejectSpool(reading.context.scratch, `${reading.id}-found`)
  let illTyped = 0
  let good = 0
  const located = search.direct.filter((t) => search.misshapen.has(t.path) || recorded.has(t.path))
  for (const text of located) {
    const known = recorded.get(text.path)?.reasons ?? new Map<string, string>()
    const rows = [...known].map(([fields, reason]) => readRecordedRow(fields, reason))
    const judged =
      known.size === 0
        ? []
        : judgedBy(
            text,
            rows.flatMap((r) => r.misfits),
            reading,
          )
    const counts = await locateRecorded(text, judged, rows, { ...reading, rejects })
    illTyped += counts.illTyped
    good += counts.good
  }
  for (const { paths, text } of search.normal) {
    for (const [fields, reason] of paths.flatMap((path) => [...(recorded.get(path)?.reasons ?? [])])) {
      await rejects.add({ ...readPlainRow(fields, reason), source: text.file.path })
      illTyped += 1
    }
  }
  const spooled = await rejects.close()
  if (illTyped !== search.illTyped) return undefined
  const rest = search.direct.filter((t) => !located.includes(t))
  const readDirectly = search.observed.scanned - search.normal.reduce((sum, n) => sum + n.good, 0)
  const sound =
    bytesOf(rest) < bytesOf(located)
      ? good + (await rowsIn(rest, reading)) === readDirectly
      : good === (await rowsIn(located, reading))
  return sound
    ? { rows: illTyped, selected: spooled?.rows ?? 0, parts: spooled === undefined ? [] : [spooled.sql] }
    : undefined
}

/** Finds the rejects by a second pass over all texts that have some. */
async function judgeAgain(search: Search, reading: Reading): Promise<Found> {
  const found: Found = { rows: 0, selected: 0, parts: [] }
  const isOnly = search.direct.length + search.normal.length === 1
  for (const text of search.direct) {
    let wrongType = search.illTyped > 0
    if (wrongType && !isOnly) {
      const sql = badCount(columnsFor(text, reading), relationOf([text], reading))
      wrongType = sql !== undefined && (await countOf(reading, sql)) > 0
    }
    if (!search.misshapen.has(text.path) && !wrongType) continue
    await judgeDirect(text, wrongType, isOnly ? search.observed.scanned : undefined, found, reading)
  }
  for (const n of search.illTyped > 0 ? search.normal : []) await judgePlain(n, found, reading)
  return found
}

/**
 * Finds every record that is no row: where it stands, why, and its original text. Only texts with rejects are read a
 * second time, and where the rejects were taken down, only their lines are taken apart. Fails with `source.corrupt` when
 * the engine and our own record reader disagree about a text, and never reports fewer rejects than records are missing.
 */
export async function rejectsOf(
  texts: readonly OpenedText[],
  normal: readonly NormalText[],
  observed: Observed,
  reading: Reading,
): Promise<OpenedRejects | undefined> {
  const illTyped = observed.scanned - observed.good
  const direct = texts.filter((t) => t.direct !== undefined)
  const search: Search = { direct, normal, misshapen: await misshapen(reading), observed, illTyped }
  const recorded = illTyped === 0 ? new Map<string, RecordedFile>() : reading.recorder.recorded()
  const taken = recorded === undefined ? undefined : await findRecorded(search, recorded, reading)
  const found = taken ?? (await judgeAgain(search, reading))
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
