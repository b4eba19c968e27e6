import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import path from 'node:path'
import type { DuckDBValue } from '@duckdb/node-api'
import { EtlError } from '../../base/errors.ts'
import { primaryInput } from '../../plan/node.ts'
import { quoteName, quoteText } from '../../function/dialect.ts'
import type { Schema } from '../../plan/type.ts'
import { type ExportRequest, type ExportResult, isConserved } from '../contract.ts'
import { type AttemptLimits, type DuckdbLimits, withinMemory } from './attempts.ts'
import { book, finishSource, type Lowering, newLowering } from './booking.ts'
import { printFiniteJson } from './finite-json.ts'
import { lower } from './lower.ts'
import { inputFolders } from './materialise.ts'
import { rowsScanned } from './profile.ts'
import { watchProgress } from './progress.ts'
import { openSession, type Session } from './session.ts'
import { zstd } from './write.ts'
import { writeBackEarly } from './write-back.ts'
import { closeTally } from '../booking/tally.ts'

const compressions = {
  parquet: ['zstd', 'snappy', 'gzip', 'none'],
  csv: ['zstd', 'gzip', 'none'],
  ndjson: ['zstd', 'gzip', 'none'],
} as const

/** Rows of a row group: twice DuckDB's own number is written and read as fast or faster, and a little smaller. */
const rowsOfGroup = 245_760

function printOptions(request: ExportRequest, session: Session): string {
  const { format, compression, partitionBy } = request
  if (!(compressions[format] as readonly string[]).includes(compression)) {
    throw new EtlError('config.invalid', `${format} files are not compressed with ${compression}`, {
      hint: `Use one of ${compressions[format].join(', ')}.`,
    })
  }
  const codec = format === 'parquet' && compression === 'none' ? 'uncompressed' : compression
  const packed = format === 'parquet' && codec === 'zstd' ? zstd : [`COMPRESSION ${quoteText(codec)}`]
  const partition = partitionBy.length > 0 ? [`PARTITION_BY (${partitionBy.map(quoteName).join(', ')})`] : []
  return [...layoutOptions(request, session), ...packed, ...partition].join(', ')
}

/** DuckDB's JSON writer knows no partitions: there each line is written as a text column without quotes. */
const asLines = (request: ExportRequest): boolean =>
  request.format === 'ndjson' && request.partitionBy.length > 0

function layoutOptions(request: ExportRequest, session: Session): readonly string[] {
  if (asLines(request)) {
    return [
      'FORMAT csv',
      'HEADER false',
      `QUOTE ''`,
      `ESCAPE ''`,
      `DELIMITER '\x01'`,
      `FILE_EXTENSION 'ndjson'`,
    ]
  }
  switch (request.format) {
    case 'parquet':
      // Only Parquet tells its files; the others are looked up.
      return [
        'FORMAT parquet',
        'RETURN_STATS',
        `ROW_GROUP_SIZE ${rowsOfGroup}`,
        `ROW_GROUP_SIZE_BYTES ${session.rowGroupBytes}`,
      ]
    case 'csv':
      return ['FORMAT csv', 'HEADER true']
    case 'ndjson':
      return ['FORMAT json']
  }
}

function printRows(request: ExportRequest, sql: string, schema: Schema): string {
  if (request.format !== 'ndjson') return sql
  const partition = new Set(request.partitionBy)
  const columns = schema
    .filter((f) => !partition.has(f.name))
    .map((f) => ({ name: quoteName(f.name), value: printFiniteJson(quoteName(f.name), f.type) }))
  if (!asLines(request)) {
    return `SELECT ${columns.map((c) => `${c.value} AS ${c.name}`).join(', ')} FROM (${sql})`
  }
  const members = columns.map((c) => `${c.name} := ${c.value}`)
  const line = `CAST(to_json(struct_pack(${members.join(', ')})) AS VARCHAR) AS "__line"`
  return `SELECT ${[line, ...request.partitionBy.map((name) => quoteName(name))].join(', ')} FROM (${sql})`
}

async function sync(file: string): Promise<void> {
  await using handle = await open(file, 'r')
  await handle.sync()
}

/** Puts the finished draft in the target's place; a replaced target disappears only after that. */
async function publish(draft: string, target: string, overwrite: boolean): Promise<void> {
  const parent = path.dirname(target)
  if (existsSync(target)) {
    if (!overwrite) throw targetExists(target)
    const areFiles = (await stat(target)).isFile() && (await stat(draft)).isFile()
    if (areFiles) await rename(draft, target)
    else {
      // Not among the drafts: after a kill between the two it is the only whole state under no name.
      const old = path.join(parent, `.${path.basename(target)}.${randomUUID()}.old`)
      await rename(target, old)
      await rename(draft, target)
      await rm(old, { recursive: true, force: true })
    }
  } else await rename(draft, target)
  await sync(parent)
}

const targetExists = (target: string): EtlError =>
  new EtlError('config.invalid', `${target} exists`, { hint: 'Name another target, or pass --overwrite.' })

interface Written {
  readonly files: readonly { readonly path: string; readonly bytes: number }[]
  readonly written: number
}

/** The files and rows that a finished COPY wrote. */
async function writtenFiles(
  request: ExportRequest,
  draft: string,
  rows: readonly (readonly DuckDBValue[])[],
): Promise<Written> {
  if (request.format === 'parquet') {
    const files = rows.map((row) => ({ path: String(row[0]), bytes: Number(row[2]) }))
    return { files, written: rows.reduce((sum, row) => sum + Number(row[1]), 0) }
  }
  const isFile = (await stat(draft)).isFile()
  const paths = isFile
    ? [draft]
    : (await readdir(draft, { recursive: true, withFileTypes: true }))
        .filter((entry) => entry.isFile())
        .map((entry) => path.join(entry.parentPath, entry.name))
  const files = await Promise.all(paths.map(async (file) => ({ path: file, bytes: (await stat(file)).size })))
  return { files, written: Number(rows[0]?.[0] ?? 0) }
}

/** Writes plain files, see `Engine.export`. */
export function exportFiles(request: ExportRequest, limits: DuckdbLimits): Promise<ExportResult> {
  return withinMemory(request, limits, [], attempt)
}

async function attempt(request: ExportRequest, limits: AttemptLimits): Promise<ExportResult> {
  if (!request.overwrite && existsSync(request.target)) throw targetExists(request.target)
  await mkdir(path.dirname(request.target), { recursive: true })
  const draft = path.join(request.scratch, `draft-${randomUUID()}`)
  await using session = await openSession({
    ...limits,
    scratch: request.scratch,
    allowed: {
      folders: [...inputFolders(request.inputs), draft],
      files: [],
    },
    ...(request.signal ? { signal: request.signal } : {}),
  })
  using _progress = watchProgress(session.connection, request)
  const primary = primaryInput(request.plan)
  const l = newLowering(session, { ...request, primary }, limits)
  try {
    const relation = await lower(request.plan, l, true)
    using early = writeBackEarly(draft)
    const { rows, operators } = await session.profiled(
      `COPY (${printRows(request, relation.sql, relation.schema)}) TO ${quoteText(draft)} (${printOptions(request, session)})`,
      `writing ${request.target}`,
    )
    early[Symbol.dispose]()
    const { files, written } = await writtenFiles(request, draft, rows)
    if (relation.opened === undefined) await book(relation, written, l)
    else await finishSource(relation, rowsScanned(operators), written, l)
    const counts = closeTally(l.tally, written)
    if (!isConserved(counts))
      throw new EtlError('bug.unreachable', `rows are not conserved: ${JSON.stringify(counts)}`)
    for (const file of files) await sync(file.path)
    await request.beforePublish?.()
    const rejected = await writeRejects(session, l, draft)
    const rejects = `${request.target}.rejected.ndjson`
    if (rejected !== undefined) await rename(rejected, rejects)
    await publish(draft, request.target, request.overwrite)
    // Those of an export that was there before are not of this one.
    if (rejected === undefined) await rm(rejects, { force: true })
    const bytes = files.reduce((sum, f) => sum + f.bytes, 0)
    return {
      rows: written,
      files: files.length,
      bytes,
      counts,
      ...(rejected === undefined ? {} : { rejects }),
    }
  } finally {
    await rm(draft, { recursive: true, force: true })
    await rm(`${draft}.rejected.ndjson`, { force: true })
  }
}

/** Writes the rejected records beside the draft; undefined when there are none. */
async function writeRejects(session: Session, l: Lowering, draft: string): Promise<string | undefined> {
  if (l.refused.length === 0) return undefined
  const file = `${draft}.rejected.ndjson`
  await session.run(
    `COPY (${l.refused.map((r) => r.sql).join(' UNION ALL ')}) TO ${quoteText(file)} (FORMAT json)`,
    'writing rejected records',
  )
  await sync(file)
  return file
}
