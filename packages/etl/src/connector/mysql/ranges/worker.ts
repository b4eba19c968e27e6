import { parentPort, workerData } from 'node:worker_threads'
import { EtlError } from '../../../base/errors.ts'
import { connectMysql, type MysqlConnection } from '../connect.ts'
import { mysqlFailure } from '../failure.ts'
import { readRows } from '../read-rows.ts'
import { beginPlacedSnapshot } from './begin.ts'
import type { RangeAnswer, RangeOrder, RangeWork } from './message.ts'

/** A thread that reads ranges of a table over a connection of its own, see `openCrew`. */
const { selection } = workerData as RangeWork

let opened: MysqlConnection | undefined

/** Connects with the first order, so that a failure is the answer to it. */
const open = async (): Promise<MysqlConnection> => (opened ??= await connectMysql(selection.server))

async function follow(order: RangeOrder): Promise<RangeAnswer> {
  const connection = await open()
  switch (order.kind) {
    case 'begin': {
      const place = await beginPlacedSnapshot(connection)
      return { kind: 'begun', ...(place === undefined ? {} : { place }) }
    }
    case 'read':
      return { kind: 'read', read: await readRows(connection, selection, order) }
    case 'end':
      await connection[Symbol.asyncDispose]()
      return { kind: 'ended' }
  }
}

function failed(error: unknown): RangeAnswer {
  const failure = mysqlFailure(error, selection.server)
  if (!(failure instanceof EtlError))
    return { kind: 'failed', code: 'bug.unreachable', message: String(error), retry: 'never' }
  const { code, message, retry, hint } = failure
  return { kind: 'failed', code, message, retry, ...(hint === undefined ? {} : { hint }) }
}

parentPort?.on('message', (order: RangeOrder) => {
  void follow(order)
    .catch(failed)
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin, windows do
    .then((answer) => parentPort?.postMessage(answer))
})
