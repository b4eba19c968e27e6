import type { RemoteSource } from '../contract.ts'
import { type CursorTable, fetchByCursor, newsOf } from '../cursor/fetch.ts'
import type { MysqlReads, MysqlServer } from '../mysql.ts'
import type { Fetched, FetchRequest, Probe, Remote } from '../remote.ts'
import { connectMysql } from './connect.ts'
import { boundsOf, conditionOf, type Cursor, cursorOf, greatest, literalOf } from './cursor.ts'
import { placeOf } from './failure.ts'
import { quoteMysqlName, selectedColumns } from './select.ts'
import { openSnapshot, type Reading, type Snapshot } from './snapshot.ts'
import { openSince, serverTime } from './transactions.ts'

/** A source's parts, as `mysql` put them together. */
interface Parts {
  readonly server: MysqlServer & { readonly lag?: number; readonly connections?: number }
  readonly reads: MysqlReads
  readonly cursor: Cursor | undefined
  /** `localhost:3306/shop.orders` */
  readonly place: string
}

function partsOf(source: RemoteSource): Parts {
  const server = source.connection as unknown as Parts['server']
  const reads = source.reads as unknown as MysqlReads
  const place = `${placeOf(server)}.${reads.table}`
  if (reads.cursor === undefined) return { server, reads, place, cursor: undefined }
  const columns = 'columns' in source.format ? source.format.columns : []
  const from = columns.find((c) => c.name === reads.cursor)?.from ?? reads.cursor
  return { server, reads, place, cursor: cursorOf(reads.cursor, from, source.schema) }
}

function cursorTable(
  { reads, server, place }: Parts,
  cursor: Cursor,
  { connection }: Reading,
  snapshot: Snapshot,
): CursorTable {
  return {
    column: cursor.column,
    isTime: cursor.isTime,
    ignore: reads.readAt === undefined ? [] : [reads.readAt],
    lag: server.lag,
    place,
    right: 'PROCESS',
    greatest: () => greatest(connection, cursor, quoteMysqlName(reads.table)),
    clock: () => serverTime(connection),
    openSince: (moment) => openSince(connection, moment),
    beginSnapshot: (of) => snapshot.begin(of),
    bounds: (last, seen, lag) => boundsOf(connection, cursor, { last, seen, lag }),
    literalOf: (value) => literalOf(value, cursor),
    read: (name, part, before) =>
      part.kind === 'all' ? snapshot.readAll() : snapshot.read(name, conditionOf(part, cursor), before),
    readKeys: (before) => snapshot.readKeys(before),
  }
}

/** Reads everything that one snapshot holds. */
async function fetchWhole(snapshot: Snapshot, place: string): Promise<Fetched> {
  await snapshot.begin('all')
  const { files, typed, records } = await snapshot.readAll()
  return { fresh: files, typed, records, place, position: '', isWhole: true, warnings: [] }
}

async function fetch(source: RemoteSource, request: FetchRequest): Promise<Fetched> {
  const parts = partsOf(source)
  const { server, reads, cursor, place } = parts
  const { schema, format } = source
  await using connection = await connectMysql(server, request.signal)
  const reading: Reading = {
    connection,
    connections: server.connections ?? 1,
    server,
    reads,
    columns: await selectedColumns(connection, reads, format, schema),
    schema,
    declared: 'columns' in format ? format.columns : [],
    folder: request.folder,
    format,
    request,
  }
  await using snapshot = openSnapshot(reading)
  const fetched =
    cursor === undefined
      ? await fetchWhole(snapshot, place)
      : await fetchByCursor(cursorTable(parts, cursor, reading, snapshot), request.position)
  return { ...fetched, warnings: [...snapshot.warnings(), ...fetched.warnings] }
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
  look: (source, position) => {
    const { place, reads } = partsOf(source)
    return Promise.resolve(newsOf(place, reads.cursor, position))
  },
  fetch,
  probe,
}
