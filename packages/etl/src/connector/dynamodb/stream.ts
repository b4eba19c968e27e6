import { setTimeout as sleep } from 'node:timers/promises'
import type { _Record, DynamoDBStreamsClient } from '@aws-sdk/client-dynamodb-streams'
import { EtlError } from '../../base/errors.ts'
import type { Asked } from './connect.ts'
import type { StreamPosition } from './position.ts'
import { extended, type Frontier, type ListedShard } from './shard-tree.ts'

export interface StreamRequest {
  readonly stream: string
  readonly onRecord: (record: _Record) => void
  readonly signal?: AbortSignal
}

/** Shards that are read at the same time. */
const mostAtOnce = 8
/** Quiet answers, one after the other, that tell that a shard has no more for now. */
const mostQuiet = 8
const quietPauseMs = 40
/** Few records of the last minute are news that just come in: whoever waited for an end of those would wait for ever. */
const fewRecords = 100
const youngMs = 60_000
/** Records are kept for 24 hours (developer guide, DynamoDB Streams, 2026); clocks differ. */
const keptMs = 23 * 3_600_000

const isNamed = (error: unknown, name: string): boolean =>
  error instanceof EtlError && (error.cause as Error | undefined)?.name === name

function lost(why: string): EtlError {
  return new EtlError('source.position-lost', `changes may be missing: ${why}`, {
    hint: 'Build the table anew with --full. Run at least once in 20 hours.',
  })
}

/** Asks for all shards that the stream lists. */
export async function listShards(
  asked: Asked<DynamoDBStreamsClient>,
  stream: string,
  signal?: AbortSignal,
): Promise<readonly ListedShard[]> {
  const { DescribeStreamCommand } = await import('@aws-sdk/client-dynamodb-streams')
  const shards: ListedShard[] = []
  let from: string | undefined
  do {
    const { StreamDescription: page } = await asked.ask((client) =>
      client.send(
        new DescribeStreamCommand({ StreamArn: stream, ExclusiveStartShardId: from }),
        signal === undefined ? {} : { abortSignal: signal },
      ),
    )
    for (const { ShardId = '', ParentShardId, SequenceNumberRange } of page?.Shards ?? [])
      shards.push({
        id: ShardId,
        parent: ParentShardId,
        isClosed: SequenceNumberRange?.EndingSequenceNumber !== undefined,
      })
    from = page?.LastEvaluatedShardId
  } while (from !== undefined)
  return shards
}

/** Fails with `source.position-lost` where records behind a position may be gone. */
function assertKept(shards: readonly ListedShard[], { atMs, frontier }: StreamPosition): void {
  const listed = new Set(shards.map((s) => s.id))
  const old = Date.now() - atMs > keptMs
  for (const [id, after] of frontier.open) {
    if (!listed.has(id)) throw lost(`shard ${id} is no longer kept`)
    if (old && after === null) throw lost(`shard ${id} was not read for more than 23 hours`)
  }
  if (old && frontier.done.size > 0) throw lost('the stream was not read for more than 23 hours')
}

/** Whether an answer shows that a shard is read up to about the moment when reading began. */
function isQuiet(records: readonly _Record[], beganMs: number): boolean {
  const last = records.at(-1)?.dynamodb?.ApproximateCreationDateTime?.getTime()
  if (records.length === 0 || last === undefined) return true
  return records.length < fewRecords && last >= beganMs - youngMs
}

interface ShardEnd {
  readonly after: string | null
  readonly isClosed: boolean
}

/** Reads one shard up to its end, or to where it has no more for now. */
async function readShard(
  asked: Asked<DynamoDBStreamsClient>,
  shard: ListedShard,
  from: string | null,
  request: StreamRequest & { readonly atMs: number },
): Promise<ShardEnd> {
  const { GetRecordsCommand, GetShardIteratorCommand } = await import('@aws-sdk/client-dynamodb-streams')
  const options = request.signal === undefined ? {} : { abortSignal: request.signal }
  let after = from
  const iteratorAt = async (type: 'AFTER_SEQUENCE_NUMBER' | 'TRIM_HORIZON'): Promise<string | undefined> => {
    const { ShardIterator } = await asked.ask((client) =>
      client.send(
        new GetShardIteratorCommand({
          StreamArn: request.stream,
          ShardId: shard.id,
          ShardIteratorType: type,
          SequenceNumber: type === 'TRIM_HORIZON' ? undefined : (after ?? undefined),
        }),
        options,
      ),
    )
    return ShardIterator
  }
  const iterator = async (): Promise<string | undefined> => {
    if (after === null) return iteratorAt('TRIM_HORIZON')
    return iteratorAt('AFTER_SEQUENCE_NUMBER').catch((error: unknown) => {
      if (!isNamed(error, 'TrimmedDataAccessException')) throw error
      // The record itself is gone. What came after it is younger than the last look, and still there if that is.
      if (Date.now() - request.atMs > keptMs) throw lost(`shard ${shard.id} was trimmed`)
      return iteratorAt('TRIM_HORIZON')
    })
  }
  const beganMs = Date.now()
  let at = await iterator()
  for (let quiet = 0; at !== undefined && (shard.isClosed || quiet < mostQuiet);) {
    request.signal?.throwIfAborted()
    const here: string = at
    const page = await asked
      .ask((client) => client.send(new GetRecordsCommand({ ShardIterator: here, Limit: 1000 }), options))
      .catch((error: unknown) => {
        if (isNamed(error, 'ExpiredIteratorException')) return undefined
        if (isNamed(error, 'TrimmedDataAccessException')) throw lost(`shard ${shard.id} was trimmed`)
        throw error
      })
    if (page === undefined) {
      at = await iterator()
      continue
    }
    for (const record of page.Records ?? []) {
      const sequence = record.dynamodb?.SequenceNumber ?? '0'
      if (after !== null && BigInt(sequence) <= BigInt(after)) continue
      request.onRecord(record)
      after = sequence
    }
    at = page.NextShardIterator
    quiet = isQuiet(page.Records ?? [], beganMs) ? quiet + 1 : 0
    if (quiet > 0 && at !== undefined) await sleep(quietPauseMs)
  }
  return { after, isClosed: at === undefined }
}

/**
 * Reads what lies beyond a frontier, for each key in the order of its changes: a shard only after its parent. Ends where no
 * shard has more for now. `atMs` is when the frontier was reached; undefined for one that begins at what is kept.
 */
export async function readStream(
  asked: Asked<DynamoDBStreamsClient>,
  request: StreamRequest,
  from: Frontier,
  atMs?: number,
): Promise<Frontier> {
  let shards = await listShards(asked, request.stream, request.signal)
  if (atMs !== undefined) assertKept(shards, { stream: request.stream, atMs, frontier: from })
  let frontier = extended(shards, from)
  const ended = new Set<string>()
  for (;;) {
    const byId = new Map(shards.map((s) => [s.id, s]))
    const wave = [...frontier.open].filter(([id]) => !ended.has(id)).slice(0, mostAtOnce)
    if (wave.length === 0) return frontier
    const open = new Map(frontier.open)
    const done = new Set(frontier.done)
    await Promise.all(
      wave.map(async ([id, after]) => {
        const shard = byId.get(id)
        if (shard === undefined) throw lost(`shard ${id} is no longer kept`)
        const end = await readShard(asked, shard, after, { ...request, atMs: atMs ?? Date.now() })
        ended.add(id)
        open.set(id, end.after)
        if (end.isClosed) {
          open.delete(id)
          done.add(id)
        }
      }),
    )
    shards = done.size > 0 ? await listShards(asked, request.stream, request.signal) : shards
    frontier = extended(shards, { open, done })
  }
}
