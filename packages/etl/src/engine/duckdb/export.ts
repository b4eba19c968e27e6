import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../../base/errors.ts'
import { quoteName, quoteText } from '../../function/dialect.ts'
import { type ExportRequest, type ExportResult, isConserved } from '../contract.ts'
import { book, finishSource, type Lowering } from './booking.ts'
import { lower } from './lower.ts'
import { type DuckdbLimits, inputFolders } from './materialise.ts'
import { primaryScan } from './primary.ts'
import { rowsScanned } from './profile.ts'
import { watchProgress } from './progress.ts'
import { openSession, type Session } from './session.ts'
import { closeTally, newTally } from './tally.ts'

const compressions = {
  parquet: ['zstd', 'snappy', 'gzip', 'none'],
  csv: ['zstd', 'gzip', 'none'],
  ndjson: ['zstd', 'gzip', 'none'],
} as const

function printOptions(request: ExportRequest): string {
  const { format, compression, partitionBy } = request
  if (!(compressions[format] as readonly string[]).includes(compression)) {
    throw new EtlError('config.invalid', `${format} files are not compressed with ${compression}`, {
      hint: `Use one of ${compressions[format].join(', ')}.`,
    })
  }
  const codec = format === 'parquet' && compression === 'none' ? 'uncompressed' : compression
  return [
    `FORMAT ${format === 'ndjson' ? 'json' : format}`,
    `COMPRESSION ${quoteText(codec)}`,
    ...(format === 'csv' ? ['HEADER true'] : []),
    ...(partitionBy.length > 0 ? [`PARTITION_BY (${partitionBy.map(quoteName).join(', ')})`] : []),
    'RETURN_STATS',
  ].join(', ')
}

async function sync(file: string): Promise<void> {
  await using handle = await open(file, 'r')
  await handle.sync()
}

/** Puts the finished draft in the target's place; a replaced target disappears only after that. */
async function publish(draft: string, target: string, overwrite: boolean): Promise<void> {
  if (existsSync(target)) {
    if (!overwrite) throw targetExists(target)
    const old = `${draft}.old`
    await rename(target, old)
    await rename(draft, target)
    await rm(old, { recursive: true, force: true })
  } else await rename(draft, target)
  await sync(path.dirname(target))
}

const targetExists = (target: string): EtlError =>
  new EtlError('config.invalid', `${target} exists`, { hint: 'Name another target, or pass --overwrite.' })

/** Writes plain files, see `Engine.export`. */
export async function exportFiles(request: ExportRequest, limits: DuckdbLimits): Promise<ExportResult> {
  if (!request.overwrite && existsSync(request.target)) throw targetExists(request.target)
  const parent = path.dirname(request.target)
  await mkdir(parent, { recursive: true })
  // Hidden and beside the target: the same file system, and no glob of a reader matches it.
  const draft = path.join(parent, `.${path.basename(request.target)}.${randomUUID()}`)
  await using session = await openSession({
    ...limits,
    scratch: request.scratch,
    allowed: {
      folders: [...inputFolders(request.inputs), draft],
      files: [`${request.target}.rejected.ndjson`],
    },
    ...(request.signal ? { signal: request.signal } : {}),
  })
  using _progress = watchProgress(session.connection, request)
  const primary = primaryScan(request.plan)
  const l: Lowering = {
    session,
    request: { ...request, primary },
    memoryLimitBytes: limits.memoryLimitBytes,
    tally: newTally(),
    refused: [],
    stages: 0,
  }
  try {
    const relation = await lower(request.plan, l, true)
    const { rows, operators } = await session.profiled(
      `COPY (${relation.sql}) TO ${quoteText(draft)} (${printOptions(request)})`,
      `writing ${request.target}`,
    )
    const written = rows.reduce((sum, row) => sum + Number(row[1]), 0)
    if (relation.opened === undefined) await book(relation, written, l)
    else await finishSource(relation, rowsScanned(operators), written, l)
    const counts = closeTally(l.tally, written)
    if (!isConserved(counts))
      throw new EtlError('bug.unreachable', `rows are not conserved: ${JSON.stringify(counts)}`)
    for (const row of rows) await sync(String(row[0]))
    const rejects = await exportRejects(session, l, request.target)
    await publish(draft, request.target, request.overwrite)
    const bytes = rows.reduce((sum, row) => sum + Number(row[2]), 0)
    return { rows: written, files: rows.length, bytes, counts, ...(rejects === undefined ? {} : { rejects }) }
  } finally {
    await rm(draft, { recursive: true, force: true })
  }
}

async function exportRejects(session: Session, l: Lowering, target: string): Promise<string | undefined> {
  if (l.refused.length === 0) return undefined
  const file = `${target}.rejected.ndjson`
  await session.run(
    `COPY (${l.refused.map((r) => r.sql).join(' UNION ALL ')}) TO ${quoteText(file)} (FORMAT json)`,
    'writing rejected records',
  )
  return file
}
