import { createHash } from 'node:crypto'
import path from 'node:path'
import { EtlError } from '../../base/errors.ts'
import { findField, type LogicalType } from '../../plan/type.ts'
import type { RemoteSource } from '../contract.ts'
import type { HttpApi } from '../http-api.ts'
import type { HttpReads } from '../http.ts'
import type { Fetched, FetchRequest, Probe, Remote, RemoteNews } from '../remote.ts'
import { openStagedFile, type StagedFile } from '../staged-file.ts'
import { type HttpClient, openClient } from './client.ts'
import { cursorLiteral, cursorNow, cursorParameter, cursorValue, lagged } from './cursor-value.ts'
import { placeOf } from './failure.ts'
import { type KnownRecords, knownRecords } from './known-records.ts'
import { pagesOf, ShrunkError } from './paginate.ts'
import { decodePosition, encodePosition, type HttpPosition } from './position.ts'
import { type PageTarget, readPage } from './read-page.ts'
import { columnTexts, type RecordShape, recordShape } from './record.ts'

const defaultLagMs = 600_000
const defaultLagUnits = 1000
const maxRestarts = 3

interface Cursor {
  readonly column: string
  readonly type: LogicalType
  readonly lag: number
}

/** A source's parts, as `http` put them together. */
interface Parts {
  readonly api: HttpApi
  readonly reads: HttpReads
  readonly cursor: Cursor | undefined
}

function partsOf(source: RemoteSource): Parts {
  const { lag, ...api } = source.connection as unknown as HttpApi & { readonly lag?: number }
  const reads = source.reads as unknown as HttpReads
  const { incremental } = reads
  if (incremental === undefined) return { api, reads, cursor: undefined }
  const field = findField(source.schema, incremental.cursor)
  if (field === undefined)
    throw new EtlError('bug.unreachable', `the cursor "${incremental.cursor}" is no column`)
  const isTime = field.type.kind === 'timestamp' || field.type.kind === 'date'
  const usual = isTime ? defaultLagMs : defaultLagUnits
  return { api, reads, cursor: { column: field.name, type: field.type, lag: lag ?? usual } }
}

/** What the next fetch sends as lower bound. */
const lowerBound = ({ cursor, reads }: Parts, last: HttpPosition | undefined): string | undefined =>
  cursor === undefined || last === undefined
    ? undefined
    : cursorParameter(lagged(last.since, cursor.lag, cursor.type), cursor.type, reads.incremental?.format)

async function look(source: RemoteSource, position: string | undefined): Promise<RemoteNews> {
  const parts = partsOf(source)
  const place = placeOf(pagesOf(parts.api, parts.reads, undefined).first)
  await Promise.resolve()
  if (parts.cursor === undefined) return { whole: true, reason: `${place} is read whole: it has no cursor` }
  const since = lowerBound(parts, decodePosition(position))
  const from = since === undefined ? '' : ` from ${parts.cursor.column} ${since} on`
  return { whole: since === undefined, reason: `${place} is asked for records${from}` }
}

/** What was seen of the cursor in some records. */
interface Tally {
  readonly greatest: bigint | undefined
  /** Of the records in the overlap. */
  readonly least: bigint | undefined
  /** The overlap has values whose order is not known here. */
  readonly isUnclear: boolean
}

const nothingSeen: Tally = { greatest: undefined, least: undefined, isUnclear: false }

const greater = (a: bigint | undefined, b: bigint | undefined): bigint | undefined =>
  a === undefined || (b !== undefined && b > a) ? b : a
const lesser = (a: bigint | undefined, b: bigint | undefined): bigint | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a

/** Where records go during one fetch. */
interface Files {
  readonly fresh: StagedFile
  readonly overlap: StagedFile
}

/** Puts the records of pages into the files, page by page. */
interface Staging extends PageTarget {
  /** The page that was begun last is complete. */
  keep(): void
  readonly tally: Tally
}

function stagingOf(parts: Parts, shape: RecordShape, files: Files, last: HttpPosition | undefined): Staging {
  const { cursor, reads } = parts
  const known: KnownRecords | undefined = reads.key === undefined ? undefined : knownRecords()
  let tally = nothingSeen
  let page = nothingSeen
  let [fresh, overlap] = [files.fresh.mark(), files.overlap.mark()]
  const sort = (texts: ReadonlyMap<string, string> | undefined): StagedFile => {
    if (cursor === undefined) return files.fresh
    const text = texts?.get(cursor.column)
    const value = text === undefined ? undefined : cursorValue(text, cursor.type)
    const greatest = greater(page.greatest, value)
    if (last === undefined || (value !== undefined && value > last.seen)) {
      page = { ...page, greatest }
      return files.fresh
    }
    const isNull = value === undefined && (text === undefined || text === 'null') && texts !== undefined
    page = {
      greatest,
      least: lesser(page.least, value),
      isUnclear: page.isUnclear || (value === undefined && !isNull),
    }
    return files.overlap
  }
  return {
    begin: () => {
      files.fresh.reset(fresh)
      files.overlap.reset(overlap)
      known?.forget()
      page = nothingSeen
    },
    record: (record) => {
      const texts = cursor === undefined && known === undefined ? undefined : columnTexts(record, shape)
      if (known !== undefined && !known.add(digestOf(record, texts, shape))) return
      sort(texts).record(record)
    },
    keep: () => {
      ;[fresh, overlap] = [files.fresh.mark(), files.overlap.mark()]
      known?.keep()
      tally = {
        greatest: greater(tally.greatest, page.greatest),
        least: lesser(tally.least, page.least),
        isUnclear: tally.isUnclear || page.isUnclear,
      }
    },
    get tally() {
      return tally
    },
  }
}

/** What a record is, as far as it is declared. */
function digestOf(
  record: Buffer,
  texts: ReadonlyMap<string, string> | undefined,
  { names }: RecordShape,
): string {
  const told = texts === undefined ? record : JSON.stringify(names.map((n) => texts.get(n) ?? null))
  return createHash('sha256').update(told).digest('base64').slice(0, 22)
}

interface Reading extends Parts {
  readonly shape: RecordShape
  readonly client: HttpClient
  readonly last: HttpPosition | undefined
  readonly request: FetchRequest
}

/** What was read, and when the reading began by the clock that is behind: ours or the service's. */
interface Read {
  readonly tally: Tally
  readonly startedMs: number
}

async function readPages(reading: Reading, files: Files): Promise<Read> {
  let startedMs = Date.now()
  const { api, reads, request, client, last } = reading
  const pages = pagesOf(api, reads, lowerBound(reading, last))
  const staging = stagingOf(reading, reading.shape, files, last)
  for (let url: URL | undefined = pages.first; url !== undefined;) {
    const facts = await readPage(client, url, reading, staging)
    staging.keep()
    const theirs = Date.parse(facts.date ?? '')
    if (theirs < startedMs) startedMs = theirs
    request.onProgress?.({ records: files.fresh.records + files.overlap.records })
    url = pages.after(facts)
  }
  return { tally: staging.tally, startedMs }
}

/** Reads all pages; from the beginning again where records were deleted meanwhile. */
async function readSettled(reading: Reading, files: Files): Promise<Read> {
  const [fresh, overlap] = [files.fresh.mark(), files.overlap.mark()]
  for (let restarts = 0; ; restarts += 1) {
    try {
      return await readPages(reading, files)
    } catch (error) {
      if (!(error instanceof ShrunkError) || restarts === maxRestarts) throw error
      files.fresh.reset(fresh)
      files.overlap.reset(overlap)
    }
  }
}

function positionAfter(
  { cursor }: Parts,
  last: HttpPosition | undefined,
  { greatest }: Tally,
  startedMs: number,
): string {
  if (cursor === undefined) return ''
  const seen = greater(last?.seen, greatest)
  if (seen === undefined) return ''
  // What appears late while pages are read may stand on pages that were read, and is told by its distance from now; and a
  // clock that runs ahead somewhere must not make the next fetch begin in the future.
  const since = lesser(cursorNow(startedMs, cursor.type), seen) ?? seen
  return encodePosition({ seen, since: greater(last?.since, since) ?? since })
}

async function fetch(source: RemoteSource, request: FetchRequest): Promise<Fetched> {
  const parts = partsOf(source)
  const shape = recordShape(parts.reads, source.format)
  const last = parts.cursor === undefined ? undefined : decodePosition(request.position)
  using client = openClient(parts.api, request.signal)
  using fresh = openStagedFile(path.join(request.folder, 'fresh.ndjson'))
  using overlap = openStagedFile(path.join(request.folder, 'overlap.ndjson'))
  const { tally, startedMs } = await readSettled(
    { ...parts, shape, client, last, request },
    { fresh, overlap },
  )
  const records = fresh.records + overlap.records
  const [freshFile, overlapFile] = [fresh.finish(), overlap.finish()]
  const { cursor } = parts
  return {
    fresh: freshFile === undefined ? [] : [freshFile],
    ...(overlapFile === undefined || cursor === undefined
      ? {}
      : {
          overlap: {
            files: [overlapFile],
            column: cursor.column,
            ...(tally.isUnclear || tally.least === undefined
              ? {}
              : { from: cursorLiteral(tally.least, cursor.type) }),
          },
        }),
    records,
    position: positionAfter(parts, last, tally, startedMs),
    ...(cursor === undefined ? { isWhole: true } : {}),
    warnings: [],
  }
}

async function probe(source: RemoteSource, signal?: AbortSignal): Promise<Probe> {
  const parts = partsOf(source)
  const shape = recordShape(parts.reads, source.format)
  using client = openClient(parts.api, signal)
  const seen = new Set<string>()
  const pages = pagesOf(parts.api, parts.reads, undefined)
  const page = await readPage(
    client,
    pages.first,
    { reads: parts.reads, shape },
    {
      begin: () => seen.clear(),
      record: (record) => {
        for (const name of columnTexts(record, shape)?.keys() ?? []) seen.add(name)
      },
    },
  )
  const missing = shape.names.filter((name) => !seen.has(name))
  const next = pages.after(page)
  const notes = [
    `the first page holds ${page.records} records; ${next === undefined ? 'it is the only one' : 'others follow'}`,
  ]
  if (page.records > 0 && missing.length > 0)
    notes.push(`no record of it has ${missing.join(', ')}; such columns are NULL`)
  return { service: pages.first.host, notes }
}

/** Asks HTTP APIs. */
export const httpRemote: Remote = { look, fetch, probe }
