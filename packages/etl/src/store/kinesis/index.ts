import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { EtlError } from '../../base/errors.ts'
import { loadSdk, makeClient } from './client.ts'
import { kinesisFailure } from './failure.ts'
import { type StreamRecord, type WaitingRecords, waitingRecords } from './waiting-records.ts'
import { pauseAfter } from '../../base/backoff.ts'

export type { StreamRecord } from './waiting-records.ts'

/** Limits of PutRecords. Source: Kinesis API reference, "PutRecords", 2026; a record may be larger where a stream says so. */
export const maxRecordBytes = 2 ** 20
const maxCallRecords = 500
const maxCallBytes = 5 * 2 ** 20
/** So much is read ahead, that calls find records of many keys. */
const maxWaitingRecords = 20_000
const maxWaitingBytes = 64 * 2 ** 20
const callsAtOnce = 4
/** Calls in a row of which no record arrived. */
const maxSetbacks = 12
const pauses = { firstMs: 50, longestMs: 5_000 }
/** What the service calls it when a shard takes no more. */
const throttled = 'ProvisionedThroughputExceededException'

export interface SendOptions {
  /** Called with how many more records arrived. */
  readonly onArrived?: (records: number) => void
  readonly signal?: AbortSignal | undefined
}

export interface Sent {
  readonly records: number
  readonly bytes: number
  /** How often a record was sent again because it did not arrive within a call that succeeded. */
  readonly again: number
}

/** A stream that records are sent to. Dispose of it to close its connections. */
export interface RecordStream extends Disposable {
  /**
   * Sends records. Records of a key arrive in the order in which they are given, each at least once: again where the
   * answer to a call is lost. A call may succeed though some of its records failed (throttled shards); those go again, before
   * any later ones of their keys. Constant memory.
   *
   * Fails with `connection.*` as the service does, with `run.cancelled` by the signal, and when of a dozen calls in a row nothing arrives.
   */
  send(records: AsyncIterable<StreamRecord>, options?: SendOptions): Promise<Sent>
}

/** The address of a stream: `kinesis://name` or `kinesis://arn:aws:kinesis:…:stream/name`. */
export const isKinesis = (address: string): boolean => address.startsWith('kinesis://')

type StreamName = { readonly StreamName: string } | { readonly StreamARN: string }

/** Fails with `config.invalid` on what is no address of a stream. Source: API reference, "CreateStream". */
export function parseStream(address: string): StreamName {
  const name = address.replace(/^kinesis:\/\//, '')
  if (/^arn:aws[\w-]*:kinesis:[\w-]+:\d{12}:stream\/[\w.-]{1,128}$/.test(name)) return { StreamARN: name }
  if (/^[\w.-]{1,128}$/.test(name)) return { StreamName: name }
  throw new EtlError('config.invalid', `${address} is not the address of a Kinesis data stream`, {
    hint: 'Write kinesis://name, or kinesis:// and the ARN of the stream.',
  })
}

/** Opens a stream by its address. Fails with `config.invalid` where the packages of AWS are missing. */
export async function openStream(address: string): Promise<RecordStream> {
  const stream = parseStream(address)
  const client = await makeClient()
  return {
    send: (records, options = {}) => send(client, { address, stream }, records, options),
    [Symbol.dispose]: () => client.destroy(),
  }
}

interface Target {
  readonly address: string
  readonly stream: StreamName
}

/** Sends records in one call and returns why each of them did not arrive; undefined where it did. */
async function putRecords(
  client: KinesisClient,
  stream: StreamName,
  records: readonly StreamRecord[],
  signal: AbortSignal | undefined,
): Promise<readonly (string | undefined)[]> {
  const { PutRecordsCommand } = await loadSdk()
  const entries = records.map(({ key, data }) => ({ PartitionKey: key, Data: data }))
  const command = new PutRecordsCommand({ ...stream, Records: entries })
  const { Records = [] } = await client.send(command, signal === undefined ? {} : { abortSignal: signal })
  return records.map((_, i) => {
    const result = Records[i]
    if (result?.SequenceNumber !== undefined && result.ErrorCode === undefined) return undefined
    return `${result?.ErrorMessage ?? 'no answer'} [${result?.ErrorCode ?? 'unknown'}]`
  })
}

/** Fills the window from a source, until it is full or the source has ended. Returns whether it has. */
async function fill(waiting: WaitingRecords, source: AsyncIterator<StreamRecord>): Promise<boolean> {
  while (waiting.count < maxWaitingRecords && waiting.bytes < maxWaitingBytes) {
    const next = await source.next()
    if (next.done === true) return true
    waiting.add(next.value)
  }
  return false
}

async function send(
  client: KinesisClient,
  { address, stream }: Target,
  records: AsyncIterable<StreamRecord>,
  { onArrived, signal }: SendOptions,
): Promise<Sent> {
  const source = records[Symbol.asyncIterator]()
  const waiting = waitingRecords()
  const calls = new Set<Promise<void>>()
  const sent = { records: 0, bytes: 0, again: 0 }
  let setbacks = 0
  const errors: unknown[] = []
  const isOver = (): boolean => errors.length > 0 || signal?.aborted === true
  const call = async (batch: readonly StreamRecord[]): Promise<void> => {
    const failures = await putRecords(client, stream, batch, signal)
    const arrived = batch.filter((_, i) => failures[i] === undefined)
    for (const record of arrived) {
      waiting.settle(record, true)
      sent.bytes += record.data.length
    }
    sent.records += arrived.length
    sent.again += batch.length - arrived.length
    onArrived?.(arrived.length)
    setbacks = arrived.length === 0 ? setbacks + 1 : 0
    const why = failures.find((f) => f !== undefined)
    if (why === undefined) return
    if (setbacks >= maxSetbacks) throw Object.assign(new Error(why), { name: throttled })
    await pauseAfter(setbacks + 1, pauses, signal)
    for (const [i, record] of batch.entries()) if (failures[i] !== undefined) waiting.settle(record, false)
  }
  const start = (batch: readonly StreamRecord[]): void => {
    const running = call(batch)
      .catch((error: unknown) => {
        errors.push(error)
      })
      .finally(() => calls.delete(running))
    calls.add(running)
  }
  try {
    for (let ended = false; !isOver();) {
      ended ||= await fill(waiting, source)
      while (calls.size < callsAtOnce) {
        const batch = waiting.take(maxCallRecords, maxCallBytes)
        if (batch.length === 0) break
        start(batch)
      }
      if (calls.size === 0) return sent
      await Promise.race(calls)
    }
  } finally {
    await Promise.allSettled(calls)
    await source.return?.()
  }
  const cause = errors[0]
  if (signal?.aborted === true)
    throw new EtlError(
      'run.cancelled',
      `sending records to ${address} was cancelled, ${sent.records} arrived`,
      { cause },
    )
  throw kinesisFailure(cause, `sending records to ${address} (${sent.records} arrived)`)
}
