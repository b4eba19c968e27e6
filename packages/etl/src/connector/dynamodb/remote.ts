import path from 'node:path'
import type { DynamoDBClient, TableDescription } from '@aws-sdk/client-dynamodb'
import type { DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import { EtlError } from '../../base/errors.ts'
import { loadOptional } from '../../base/optional.ts'
import type { RemoteSource } from '../contract.ts'
import type { DynamodbConnection, DynamodbPlace, DynamodbReads } from '../dynamodb.ts'
import type { Fetched, FetchRequest, Probe, Remote, RemoteNews } from '../remote.ts'
import { stageRecord, streamOf } from './changes.ts'
import { type Asked, asked, clientConfig } from './connect.ts'
import { placeOf } from './failure.ts'
import { decodePosition, encodePosition, type StreamPosition } from './position.ts'
import { scan } from './scan.ts'
import { type Frontier, tips } from './shard-tree.ts'
import { type ItemStage, openItemStage, snapshotChange } from './stage-items.ts'
import { listShards, readStream } from './stream.ts'

const partsOf = (
  source: RemoteSource,
): { readonly connection: DynamodbConnection; readonly reads: DynamodbReads } => ({
  connection: source.connection as unknown as DynamodbConnection,
  reads: source.reads as unknown as DynamodbReads,
})

async function openTables(place: DynamodbPlace): Promise<Asked<DynamoDBClient>> {
  const { DynamoDBClient: Client } = await loadOptional(
    '@aws-sdk/client-dynamodb',
    () => import('@aws-sdk/client-dynamodb'),
  )
  return asked(new Client(await clientConfig(place)), place)
}

async function openStreams(place: DynamodbPlace): Promise<Asked<DynamoDBStreamsClient>> {
  const { DynamoDBStreamsClient: Client } = await loadOptional(
    '@aws-sdk/client-dynamodb-streams',
    () => import('@aws-sdk/client-dynamodb-streams'),
  )
  return asked(new Client(await clientConfig(place)), place)
}

async function describe(
  tables: Asked<DynamoDBClient>,
  table: string,
  signal?: AbortSignal,
): Promise<TableDescription> {
  const { DescribeTableCommand } = await import('@aws-sdk/client-dynamodb')
  const options = signal === undefined ? {} : { abortSignal: signal }
  const { Table } = await tables.ask((client) =>
    client.send(new DescribeTableCommand({ TableName: table }), options),
  )
  return Table ?? {}
}

async function look(source: RemoteSource, position: string | undefined): Promise<RemoteNews> {
  const { connection, reads } = partsOf(source)
  const place = `${placeOf(connection)}, table ${reads.table}`
  await Promise.resolve()
  if (reads.changes === undefined)
    return { whole: true, reason: `${place} is read whole: no changes are asked for` }
  return { whole: position === undefined, reason: `${place} is asked for changes` }
}

/** A fetch with what it asks and where it writes. */
interface Fetching {
  readonly source: RemoteSource
  readonly request: FetchRequest
  readonly stage: ItemStage
  readonly tables: Asked<DynamoDBClient>
}

async function scanAll({ source, request, stage, tables }: Fetching, expected: number): Promise<void> {
  const { connection, reads } = partsOf(source)
  const change = reads.changes === undefined ? undefined : snapshotChange
  await scan(tables, {
    ...connection,
    table: reads.table,
    ...(request.signal ? { signal: request.signal } : {}),
    onItems: (items) => {
      for (const item of items) stage.add(item, change)
      // The service counts items every six hours.
      const share = expected > 0 ? { share: Math.min(1, stage.records / expected) } : {}
      request.onProgress?.({ records: stage.records, ...share })
    },
  })
}

const nothing: Frontier = { open: new Map(), done: new Set() }

async function fetchChanges(fetching: Fetching, table: TableDescription): Promise<StreamPosition> {
  const { source, request, stage } = fetching
  const { connection, reads } = partsOf(source)
  const stream = streamOf(table, source)
  using streams = await openStreams(connection)
  const { signal } = request
  const reading = { stream, ...(signal ? { signal } : {}) }
  const onRecord: Parameters<typeof readStream>[1]['onRecord'] = (record) => {
    stageRecord(stage, record)
    if (stage.records % 10_000 === 0) request.onProgress?.({ records: stage.records })
  }
  let from = nothing
  let reachedMs: number | undefined
  if (request.position !== undefined) {
    const last = decodePosition(request.position)
    if (last.stream !== stream)
      throw new EtlError('source.position-lost', `${reads.table} has another stream than before`, {
        hint: 'The table, or its stream, was made anew. Build the table anew with --full.',
      })
    from = last.frontier
    reachedMs = last.atMs
  } else if (reads.changes === 'snapshot') {
    reachedMs = Date.now()
    const begin = tips(await listShards(streams, stream, signal))
    from = await readStream(streams, { ...reading, onRecord: () => undefined }, begin)
    await scanAll(fetching, table.ItemCount ?? 0)
  }
  const atMs = Date.now()
  return { stream, atMs, frontier: await readStream(streams, { ...reading, onRecord }, from, reachedMs) }
}

/** Ages after which a position is published without rows, so that it tells how long nothing is known to be missing. */
const dueMs = 3_600_000

function isDue(last: string | undefined, next: StreamPosition): boolean {
  if (last === undefined) return false
  const { atMs, frontier } = decodePosition(last)
  const moved = [...next.frontier.open.keys()].some((id) => !frontier.open.has(id))
  return moved || next.atMs - atMs > dueMs
}

async function fetch(source: RemoteSource, request: FetchRequest): Promise<Fetched> {
  const { connection, reads } = partsOf(source)
  request.signal?.throwIfAborted()
  using tables = await openTables(connection)
  const table = await describe(tables, reads.table, request.signal)
  using stage = openItemStage(source, path.join(request.folder, 'items.ndjson'))
  const fetching = { source, request, stage, tables }
  const next = reads.changes === undefined ? undefined : await fetchChanges(fetching, table)
  if (next === undefined) await scanAll(fetching, table.ItemCount ?? 0)
  const file = stage.finish()
  return {
    fresh: file === undefined ? [] : [file],
    records: stage.records,
    place: `${placeOf(connection)}, table ${reads.table}`,
    ...(next === undefined ? { position: '', isWhole: true } : { position: encodePosition(next) }),
    isDue: next !== undefined && isDue(request.position, next),
    warnings: stage.warnings(),
  }
}

async function probe(source: RemoteSource, signal?: AbortSignal): Promise<Probe> {
  const { connection, reads } = partsOf(source)
  using tables = await openTables(connection)
  const table = await describe(tables, reads.table, signal)
  const { ScanCommand } = await import('@aws-sdk/client-dynamodb')
  const options = signal === undefined ? {} : { abortSignal: signal }
  const { Items = [] } = await tables.ask((client) =>
    client.send(new ScanCommand({ TableName: reads.table, Limit: 1 }), options),
  )
  const keys = (table.KeySchema ?? []).map((k) => k.AttributeName).join(', ')
  const notes = [
    `${reads.table} is ${table.TableStatus ?? 'there'}, with the key ${keys}`,
    `about ${table.ItemCount ?? 0} items, ${table.TableSizeBytes ?? 0} bytes, by the count of the last hours`,
    Items.length === 0 ? 'no item could be seen: the table is empty' : 'an item could be read',
  ]
  if (reads.changes !== undefined) {
    const stream = streamOf(table, source)
    using streams = await openStreams(connection)
    const shards = await listShards(streams, stream, signal)
    notes.push(`its stream is on and has ${shards.length} shards`)
  }
  return { service: placeOf(connection), notes }
}

/** Asks DynamoDB and DynamoDB Streams. */
export const dynamodbRemote: Remote = { look, fetch, probe }
