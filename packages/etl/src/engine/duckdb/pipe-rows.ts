import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { closeSync, constants, openSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import path from 'node:path'
import type { Readable } from 'node:stream'
import { promisify } from 'node:util'
import { quoteText } from '../../function/dialect.ts'
import { engineFailure } from './failure.ts'
import type { Session } from './session.ts'

/** Lines that a query gives, as bytes. */
export interface PipedRows {
  readonly stream: Readable
  /** Settles when the query has ended; rejects with its failure. The stream fails with it, too. */
  readonly ended: Promise<void>
}

/**
 * Streams the rows of a query as text: columns apart by tabs, `\N` for NULL, nothing quoted or escaped (the query does that).
 * The rows go through a named pipe, so they never become JavaScript values. The stream ends only when the query has come to
 * its end: what a failing query gave is never taken for the whole. `folder` is one that the session may write to.
 */
export async function pipeRows(
  session: Session,
  sql: string,
  folder: string,
  doing: string,
): Promise<PipedRows> {
  const fifo = path.join(folder, `${randomUUID()}.rows`)
  await promisify(execFile)('mkfifo', ['-m', '600', fifo])
  // Without waiting for a writer: a query that fails before it opens the pipe would leave a thread waiting for ever.
  const open = (): number => openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK)
  const stream = new Socket({ fd: open(), readable: true, writable: false })
  // A reader of our own takes over when the stream is given up: the query would wait for one otherwise.
  const spare = open()
  // A writer of our own keeps the end away until the query is known to have succeeded.
  const writer = openSync(fifo, constants.O_WRONLY | constants.O_NONBLOCK)
  let drain: Socket | undefined
  let isOver = false
  stream.once('close', () => {
    if (isOver) return
    session.connection.interrupt()
    drain = new Socket({ fd: spare, readable: true, writable: false }).resume()
  })
  const copy = `COPY (${sql}) TO ${quoteText(fifo)} (FORMAT csv, HEADER false, DELIM '\t', QUOTE '', ESCAPE '', NULLSTR '\\N', USE_TMP_FILE false)`
  const write = async (): Promise<void> => {
    try {
      await session.connection.run(copy)
    } catch (error) {
      isOver = true
      const failure = engineFailure(error, doing)
      stream.destroy(failure)
      throw failure
    } finally {
      isOver = true
      closeSync(writer)
      if (drain === undefined) closeSync(spare)
      else drain.destroy()
      await rm(fifo, { force: true })
    }
  }
  const ended = write()
  // Whoever reads the stream learns of the failure there; nobody may be waiting for `ended` yet.
  ended.catch(() => undefined)
  return { stream, ended }
}
