import { once } from 'node:events'
import { extname } from 'node:path'
import { Worker } from 'node:worker_threads'
import { EtlError } from '../../../base/errors.ts'
import type { MysqlConnection } from '../connect.ts'
import type { Read, Selection } from '../read-rows.ts'
import { beginPlacedSnapshot } from './begin.ts'
import { keyRanges } from './key-ranges.ts'
import type { RangeAnswer, RangeOrder, RangeWork } from './message.ts'

/** Threads that read ranges of one table, each over a connection of its own, all of the same snapshot. */
export interface Crew extends AsyncDisposable {
  /** Reads all rows; undefined, and nothing is read, where the key of the table does not divide them. */
  readAll(
    connection: MysqlConnection,
    onRows?: (records: number) => void,
  ): Promise<readonly Read[] | undefined>
}

/** Ranges that wait for a thread even out what keys that lie unevenly cost. */
const rangesPerThread = 8
const mostAttempts = 20

/**
 * Begins a snapshot on a connection and on those of `count` threads. Where writers get between them they are begun again,
 * some times. Undefined where it cannot be shown that all are the same: then the connection's own snapshot is the only one.
 */
export async function openCrew(
  connection: MysqlConnection,
  selection: Selection,
  count: number,
  signal?: AbortSignal,
): Promise<Crew | undefined> {
  const url = new URL(`worker${extname(import.meta.filename)}`, import.meta.url)
  const workerData: RangeWork = { selection }
  const workers = Array.from({ length: count }, () => new Worker(url, { workerData }))
  const abandon = (): void => void close()
  const close = async (): Promise<void> => {
    signal?.removeEventListener('abort', abandon)
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
  signal?.addEventListener('abort', abandon, { once: true })
  try {
    if (!(await beginTogether(connection, workers))) {
      await close()
      return undefined
    }
  } catch (error) {
    await close()
    throw error
  }
  return {
    readAll: async (at, onRows) => {
      const ranges = await keyRanges(at, selection.reads.table, count * rangesPerThread)
      return ranges === undefined ? undefined : readRanges(workers, ranges, onRows)
    },
    [Symbol.asyncDispose]: close,
  }
}

async function ask<K extends RangeAnswer['kind']>(
  worker: Worker,
  order: RangeOrder,
  kind: K,
): Promise<Extract<RangeAnswer, { kind: K }>> {
  const ended = new AbortController()
  const { signal } = ended
  const left = once(worker, 'exit', { signal }).then(() => {
    throw new EtlError('run.cancelled', 'a thread that read ranges of a table was ended')
  })
  try {
    const answered = once(worker, 'message', { signal }) as Promise<[RangeAnswer]>
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin, windows do
    worker.postMessage(order)
    const [answer] = await Promise.race([answered, left])
    return expected(answer, order, kind)
  } finally {
    ended.abort()
    left.catch(() => undefined)
  }
}

function expected<K extends RangeAnswer['kind']>(
  answer: RangeAnswer,
  order: RangeOrder,
  kind: K,
): Extract<RangeAnswer, { kind: K }> {
  if (answer.kind === 'failed')
    throw new EtlError(answer.code, answer.message, {
      retry: answer.retry,
      ...(answer.hint === undefined ? {} : { hint: answer.hint }),
    })
  if (answer.kind !== kind)
    throw new EtlError('bug.unreachable', `a thread answered ${answer.kind} to ${order.kind}`)
  return answer as Extract<RangeAnswer, { kind: K }>
}

async function beginTogether(connection: MysqlConnection, workers: readonly Worker[]): Promise<boolean> {
  for (let attempt = 0; attempt < mostAttempts; attempt++) {
    const [place, ...others] = await Promise.all([
      beginPlacedSnapshot(connection),
      ...workers.map(async (worker) => (await ask(worker, { kind: 'begin' }, 'begun')).place),
    ])
    if (place === undefined) return false
    if (others.every((other) => other === place)) return true
  }
  return false
}

/**
 * Each thread takes the next range when it is done with one; a failure ends all. Every range has files of its own, given in
 * the order of the ranges, so that equal rows are equal files whoever read them.
 */
async function readRanges(
  workers: readonly Worker[],
  ranges: readonly string[],
  onRows: ((records: number) => void) | undefined,
): Promise<readonly Read[]> {
  const waiting = ranges.entries()
  const reads: Read[] = []
  let records = 0
  const work = async (worker: Worker): Promise<void> => {
    for (const [i, where] of waiting) {
      const { read } = await ask(worker, { kind: 'read', name: `range-${i}`, where }, 'read')
      reads[i] = read
      onRows?.((records += read.records))
    }
    await ask(worker, { kind: 'end' }, 'ended')
  }
  await Promise.all(workers.map(work))
  return reads
}
