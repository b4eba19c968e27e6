import { type Diagnostic, EtlError } from '../../base/errors.ts'
import type { LakeFile } from '../../engine/contract.ts'
import type { FileFormat, ResolvedFile } from '../../plan/source.ts'
import type { RemoteSource } from '../contract.ts'
import type { MysqlReads, MysqlServer } from '../mysql.ts'
import type { Fetched, FetchRequest, Probe, Remote, RemoteNews } from '../remote.ts'
import { connectMysql, type MysqlConnection } from './connect.ts'
import { boundsOf, type Cursor, cursorOf, greatest, literalOf, quoted } from './cursor.ts'
import { placeOf } from './failure.ts'
import {
  advanced,
  type CursorPosition,
  decodePosition,
  encodePosition,
  type Passed,
} from '../cursor/position.ts'
import { type Crew, openCrew } from './ranges/crew.ts'
import { type Read, readRows, type Selection } from './read-rows.ts'
import { quoteMysqlName, selectedColumns } from './select.ts'
import { openSince, serverTime } from './transactions.ts'

/** A source's parts, as `mysql` put them together. */
interface Parts {
  readonly server: MysqlServer & { readonly lag?: number; readonly connections?: number }
  readonly reads: MysqlReads
  readonly cursor: Cursor | undefined
}

function partsOf(source: RemoteSource): Parts {
  const server = source.connection as unknown as Parts['server']
  const reads = source.reads as unknown as MysqlReads
  if (reads.cursor === undefined) return { server, reads, cursor: undefined }
  const columns = 'columns' in source.format ? source.format.columns : []
  const from = columns.find((c) => c.name === reads.cursor)?.from ?? reads.cursor
  return { server, reads, cursor: cursorOf(reads.cursor, from, source.schema) }
}

/** Clocks round and differ a little even on one machine. */
const leastTimeLagMs = 10_000
/** Where open transactions cannot be seen. */
const blindTimeLagMs = 600_000
const blindUnits = 10_000

function lagOf({ server, cursor }: Parts, blind: boolean): number {
  const usual = cursor?.isTime === true ? leastTimeLagMs : 0
  const careful = cursor?.isTime === true ? blindTimeLagMs : blindUnits
  return server.lag ?? (blind ? careful : usual)
}

/** How far the cursor came; undefined where nothing was read, or the table was empty. */
const lastOf = (position: string | undefined): CursorPosition | undefined =>
  position === undefined || position === '' ? undefined : decodePosition(position)

/** Asks nothing: only a fetch can tell what was committed late. */
function newsOf(source: RemoteSource, position: string | undefined): RemoteNews {
  const { server, reads, cursor } = partsOf(source)
  const place = `${placeOf(server)}.${reads.table}`
  if (cursor === undefined) return { whole: true, reason: `${place} is read whole: it has no cursor` }
  const last = lastOf(position)
  const since = last === undefined ? '' : ` from ${cursor.column} ${last.upper} on`
  return { whole: last === undefined, reason: `${place} is asked for rows${since}` }
}

/** What a fetch asks for, once it knows how far the last one came. */
interface Reading extends Parts, Selection {
  readonly server: Parts['server']
  readonly connection: MysqlConnection
  readonly format: FileFormat
  readonly request: FetchRequest
}

/** Reads the rows that a condition is true of into staging files called `name`. */
function read(reading: Reading, name: string, where: string, before: number): Promise<Read> {
  const { onProgress } = reading.request
  const onRows = onProgress ? (records: number) => onProgress({ records: before + records }) : undefined
  return readRows(reading.connection, reading, { name, where }, onRows)
}

function fetchedOf(
  reads: readonly Read[],
  rest: Omit<Fetched, 'records' | 'warnings'>,
  parts: Parts,
  blind: boolean,
): Fetched {
  const zeroDates = reads.reduce((sum, r) => sum + r.zeroDates, 0)
  const { table } = parts.reads
  const warnings: Diagnostic[] = []
  const warn = (message: string, hint: string): void =>
    void warnings.push({ code: 'source.warning', severity: 'warning', message, hint })
  if (zeroDates > 0)
    warn(`${zeroDates} zero dates of ${table} became NULL`, "zeroDates: 'reject' keeps such rows apart.")
  if (blind && parts.server.lag === undefined)
    warn(
      `open transactions cannot be seen: rows of ${table} that are committed more than ${parts.cursor?.isTime === true ? 'ten minutes' : `${blindUnits} numbers`} late would be missed`,
      'Grant PROCESS to the account, or declare a lag.',
    )
  const place = `${placeOf(parts.server)}.${table}`
  return { ...rest, place, records: reads.reduce((sum, r) => sum + r.records, 0), warnings }
}

const filesOf = (reads: readonly Read[]): readonly ResolvedFile[] =>
  reads.flatMap((r) => (r.file === undefined ? [] : [r.file]))
const typedOf = (reads: readonly Read[]): readonly LakeFile[] =>
  reads.flatMap((r) => (r.typed === undefined ? [] : [r.typed]))

/** The moment of what a connection sees now; none where the table is empty. */
async function moment(
  connection: MysqlConnection,
  cursor: Cursor,
  table: string,
): Promise<readonly Passed[]> {
  const upper = await greatest(connection, cursor, quoteMysqlName(table))
  return upper === undefined ? [] : [{ upper, at: await serverTime(connection) }]
}

async function beginSnapshot(connection: MysqlConnection): Promise<void> {
  await connection.rows('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ')
  await connection.rows('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY')
}

/** Begins the snapshot that all rows are read of, on several connections where that was asked for and can be shown. */
async function beginWhole(reading: Reading): Promise<AsyncDisposable & { readonly crew?: Crew | undefined }> {
  const { connection, server } = reading
  const { connections = 1 } = server
  const crew =
    connections > 1
      ? await openCrew(connection, selectionOf(reading), connections, reading.request.signal)
      : undefined
  if (connections === 1) await beginSnapshot(connection)
  return { crew, [Symbol.asyncDispose]: async () => crew?.[Symbol.asyncDispose]() }
}

/** What can be told to another thread. */
function selectionOf({ server, reads, columns, schema, declared, folder }: Selection): Selection {
  return { server, reads, columns, schema, declared, folder }
}

/** Reads all rows of the snapshot. */
async function readWhole(reading: Reading, crew: Crew | undefined): Promise<readonly Read[]> {
  const { onProgress } = reading.request
  const onRows = onProgress ? (records: number) => onProgress({ records }) : undefined
  return (await crew?.readAll(reading.connection, onRows)) ?? [await read(reading, 'fresh', '', 0)]
}

/** Reads everything that one snapshot holds. */
async function fetchWhole(reading: Reading): Promise<Fetched> {
  await using whole = await beginWhole(reading)
  const all = await readWhole(reading, whole.crew)
  return fetchedOf(
    all,
    { fresh: filesOf(all), typed: typedOf(all), position: '', isWhole: true },
    reading,
    false,
  )
}

/** Reads everything, and notes how far the cursor has come. */
async function fetchFirst(reading: Reading, cursor: Cursor): Promise<Fetched> {
  const { connection, reads } = reading
  const before = await moment(connection, cursor, reads.table)
  const open = await openSince(connection, before[0]?.at ?? 0n)
  await using whole = await beginWhole(reading)
  const now = await moment(connection, cursor, reads.table)
  const all = await readWhole(reading, whole.crew)
  const upper = now[0]?.upper
  const position =
    upper === undefined ? '' : encodePosition(advanced(undefined, [...before, ...now], upper, open))
  return fetchedOf(all, { fresh: filesOf(all), typed: typedOf(all), position }, reading, open === undefined)
}

/** Reads the keys of all rows in the snapshot, where the table's declaration asks for those that are gone. */
async function readKeys(reading: Reading, before: number): Promise<Pick<Fetched, 'present'>> {
  const { key = [], softDelete, readAt } = reading.reads
  if (softDelete === undefined) return {}
  const isKey = reading.schema.map((field) => key.includes(field.name))
  const ofKey = <T>(list: readonly T[]): readonly T[] => list.filter((_, i) => isKey[i])
  const narrow = {
    ...reading,
    schema: ofKey(reading.schema),
    columns: ofKey(reading.columns),
    declared: ofKey(reading.declared),
  }
  const keys = await read(narrow, 'keys', '', before)
  const { format } = reading
  const value = reading.columns.find((column) => column.name === readAt)?.constant
  if (readAt === undefined || value === undefined || !('columns' in format))
    throw new EtlError('bug.unreachable', 'softDelete without readAt')
  return {
    present: {
      schema: narrow.schema,
      format: { ...format, columns: narrow.declared },
      files: filesOf([keys]),
      typed: typedOf([keys]),
      keys: keys.records,
      mark: softDelete,
      readAt: { column: readAt, value: value.replace(' ', 'T') },
    },
  }
}

/** Reads what lies beyond a position, and once more what lies between its bounds. */
async function fetchSince(reading: Reading, cursor: Cursor, last: CursorPosition): Promise<Fetched> {
  const { connection, reads } = reading
  const before = await moment(connection, cursor, reads.table)
  const open = await openSince(connection)
  await beginSnapshot(connection)
  const now = await moment(connection, cursor, reads.table)
  const lag = lagOf(reading, open === undefined)
  const { lower, upper } = await boundsOf(connection, cursor, {
    last,
    seen: now[0]?.upper ?? last.upper,
    lag,
  })
  const known = `${cursor.sql} <= ${quoted(last.upper, cursor)}`
  const fresh = await read(reading, 'fresh', `${cursor.sql} > ${quoted(last.upper, cursor)}`, 0)
  const again = lower === undefined ? known : `(${cursor.sql} >= ${quoted(lower, cursor)} AND ${known})`
  const overlap = await read(reading, 'overlap', `${again} OR ${cursor.sql} IS NULL`, fresh.records)
  const present = await readKeys(reading, fresh.records + overlap.records)
  return fetchedOf(
    [fresh, overlap],
    {
      ...present,
      fresh: filesOf([fresh]),
      typed: typedOf([fresh]),
      overlap: {
        files: filesOf([overlap]),
        typed: typedOf([overlap]),
        column: cursor.column,
        ...(reads.readAt === undefined ? {} : { ignore: [reads.readAt] }),
        ...(lower === undefined ? {} : { from: literalOf(lower, cursor) }),
      },
      position: encodePosition(advanced(last, [...before, ...now], upper, open)),
    },
    reading,
    open === undefined,
  )
}

async function fetch(source: RemoteSource, request: FetchRequest): Promise<Fetched> {
  const parts = partsOf(source)
  await using connection = await connectMysql(parts.server, request.signal)
  const columns = await selectedColumns(connection, parts.reads, source.format, source.schema)
  const declared = 'columns' in source.format ? source.format.columns : []
  const { schema, format } = source
  const { folder } = request
  const reading = { ...parts, connection, columns, schema, format, declared, folder, request }
  const { cursor } = parts
  if (cursor === undefined) return await fetchWhole(reading)
  const last = lastOf(request.position)
  return last === undefined ? await fetchFirst(reading, cursor) : await fetchSince(reading, cursor, last)
}

async function probe(source: RemoteSource, signal?: AbortSignal): Promise<Probe> {
  const parts = partsOf(source)
  await using connection = await connectMysql(parts.server, signal)
  const [version] = await connection.rows('SELECT VERSION()')
  const columns = await selectedColumns(connection, parts.reads, source.format, source.schema)
  const { cursor, reads } = parts
  const notes = [`${reads.table}: ${columns.length} declared columns are there`]
  if (cursor !== undefined) {
    const upper = await greatest(connection, cursor, quoteMysqlName(reads.table))
    notes.push(upper === undefined ? 'the table is empty' : `${cursor.column} has come to ${upper}`)
    const [nulls] = await connection.rows(
      `SELECT 1 FROM ${quoteMysqlName(reads.table)} WHERE ${cursor.sql} IS NULL LIMIT 1`,
    )
    if (nulls !== undefined)
      notes.push(`${cursor.column} is NULL in some rows: they are read again by every run`)
    if ((await openSince(connection)) === undefined)
      notes.push(
        'the right PROCESS is missing: open transactions cannot be seen, and the lag alone finds late rows',
      )
  }
  return { service: `MySQL ${version?.[0] ?? ''}`, notes }
}

/** Asks MySQL and MariaDB. */
export const mysqlRemote: Remote = {
  look: (source, position) => Promise.resolve(newsOf(source, position)),
  fetch,
  probe,
}
