import path from 'node:path'
import type { RemoteSource } from '../contract.ts'
import { type CursorTable, fetchByCursor, newsOf, type Part, type PartRead } from '../cursor/fetch.ts'
import type { PostgresConnection, PostgresReads } from '../postgres-table.ts'
import type { Fetched, FetchRequest, Probe, Remote } from '../remote.ts'
import { findTable, type FoundTable, type SelectedColumn, selectedColumns } from './columns.ts'
import { connectPostgres, type PostgresConnected } from './connect.ts'
import { copyRows } from './copy-rows.ts'
import { below, conditionOf, type Cursor, cursorOf, textOf, valueOf, within } from './cursor.ts'
import { tablePlaceOf } from './failure.ts'
import { openSince, serverTime } from './transactions.ts'

/** A source's parts, as `postgresTable` put them together. */
interface Parts {
  readonly place: PostgresConnection
  readonly reads: PostgresReads
}

const partsOf = (source: RemoteSource): Parts => ({
  place: source.connection as unknown as PostgresConnection,
  reads: source.reads as unknown as PostgresReads,
})

/** A table that was found, and how it is asked. */
interface Asked extends Parts {
  readonly connection: PostgresConnected
  readonly table: FoundTable
  readonly columns: readonly SelectedColumn[]
  readonly cursor: Cursor | undefined
}

async function ask(source: RemoteSource, connection: PostgresConnected): Promise<Asked> {
  const parts = partsOf(source)
  const { reads } = parts
  const table = await findTable(connection, reads)
  const columns = await selectedColumns(connection, table, reads, source.format, source.schema)
  const sources = 'columns' in source.format ? source.format.columns : []
  const from = sources.find((c) => c.name === reads.cursor)?.from ?? reads.cursor ?? ''
  const cursor = reads.cursor === undefined ? undefined : cursorOf(reads.cursor, from, source.schema, table)
  return { ...parts, connection, table, columns, cursor }
}

async function beginSnapshot(connection: PostgresConnected): Promise<void> {
  await connection.rows('BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY')
}

function readPart(
  asked: Asked,
  request: FetchRequest,
  name: string,
  part: Part,
  before: number,
): Promise<PartRead> {
  const { onProgress } = request
  const list = asked.columns.map((c) => c.sql).join(', ')
  return copyRows(
    asked.connection,
    asked.place,
    `SELECT ${list} FROM ${asked.table.sql} WHERE ${conditionOf(part, asked.cursor)}`,
    path.join(request.folder, `${name}.csv`),
    onProgress && ((records) => onProgress({ records: before + records })),
  )
}

async function greatest({ connection, table }: Asked, cursor: Cursor): Promise<string | undefined> {
  const [row] = await connection.rows(
    `SELECT ${textOf(`max(${cursor.sql})`, cursor)} FROM ${table.sql} WHERE ${within(cursor)}`,
  )
  return row?.[0] ?? undefined
}

function cursorTable(asked: Asked, cursor: Cursor, request: FetchRequest): CursorTable {
  const { connection, place, reads } = asked
  return {
    column: cursor.column,
    isTime: cursor.isTime,
    ignore: reads.readAt === undefined ? [] : [reads.readAt],
    lag: place.lag,
    place: tablePlaceOf(place, reads),
    right: 'the role pg_read_all_stats',
    greatest: () => greatest(asked, cursor),
    clock: () => serverTime(connection),
    openSince: (moment) => openSince(connection, moment),
    beginSnapshot: () => beginSnapshot(connection),
    bounds: async (last, seen, lag) => {
      const upper = valueOf(last.upper, cursor)
      const lower =
        last.lower === null
          ? 'NULL'
          : textOf(`least(${valueOf(last.lower, cursor)}, ${below(upper, lag, cursor)})`, cursor)
      const [row] = await connection.rows(
        `SELECT ${lower}, ${textOf(`greatest(${upper}, ${valueOf(seen, cursor)})`, cursor)}`,
      )
      return { lower: row?.[0] ?? undefined, upper: row?.[1] ?? seen }
    },
    literalOf: (value) => (cursor.type.kind === 'timestamp' ? value.replace(' ', 'T') : value),
    read: (name, part, before) => readPart(asked, request, name, part, before),
  }
}

async function fetch(source: RemoteSource, request: FetchRequest): Promise<Fetched> {
  const { place, reads } = partsOf(source)
  await using connection = await connectPostgres(place, request.signal)
  const asked = await ask(source, connection)
  if (asked.cursor !== undefined)
    return await fetchByCursor(cursorTable(asked, asked.cursor, request), request.position)
  await beginSnapshot(connection)
  // Equal tables are told by their rows in order, and scans that share their work begin anywhere.
  await connection.rows('SET LOCAL synchronize_seqscans TO off')
  const { files, records } = await readPart(asked, request, 'fresh', { kind: 'all' }, 0)
  return {
    fresh: files,
    records,
    place: tablePlaceOf(place, reads),
    position: '',
    isWhole: true,
    warnings: [],
  }
}

async function probe(source: RemoteSource, signal?: AbortSignal): Promise<Probe> {
  const { place, reads } = partsOf(source)
  await using connection = await connectPostgres(place, signal)
  const [version] = await connection.rows('SHOW server_version')
  const asked = await ask(source, connection)
  const { cursor, table, columns } = asked
  const notes = [`${reads.schema}.${reads.table}: ${columns.length} declared columns are there`]
  // Rights are seen by reading.
  await connection.rows(`SELECT ${columns.map((c) => c.sql).join(', ')} FROM ${table.sql} LIMIT 1`)
  if (cursor !== undefined) {
    const upper = await greatest(asked, cursor)
    notes.push(upper === undefined ? 'the table is empty' : `${cursor.column} has come to ${upper}`)
    const [loose] = await connection.rows(
      `SELECT 1 FROM ${table.sql} WHERE (${within(cursor)}) IS NOT TRUE LIMIT 1`,
    )
    if (loose !== undefined)
      notes.push(`${cursor.column} is NULL or infinite in some rows: they are read again by every run`)
    if ((await openSince(connection)) === undefined)
      notes.push(
        'open transactions cannot be seen (role pg_read_all_stats, not on a standby): the lag alone finds late rows',
      )
  }
  return { service: `PostgreSQL ${version?.[0] ?? ''}`, notes }
}

/** Asks PostgreSQL. */
export const postgresRemote: Remote = {
  look: (source, position) => {
    const { place, reads } = partsOf(source)
    return Promise.resolve(newsOf(tablePlaceOf(place, reads), reads.cursor, position))
  },
  fetch,
  probe,
}
