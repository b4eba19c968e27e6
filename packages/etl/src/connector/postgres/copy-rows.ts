import { createWriteStream } from 'node:fs'
import { rm, stat } from 'node:fs/promises'
import { pipeline } from 'node:stream/promises'
import type { PartRead } from '../cursor/fetch.ts'
import type { PostgresPlace } from '../postgres-table.ts'
import { stagedNull } from '../staged-format.ts'
import type { PostgresConnected } from './connect.ts'
import { postgresFailure } from './failure.ts'

const lineFeed = 10

function linesIn(chunk: Buffer): number {
  let lines = 0
  for (let at = chunk.indexOf(lineFeed); at >= 0; at = chunk.indexOf(lineFeed, at + 1)) lines++
  return lines
}

/**
 * Writes the rows of a SELECT into a new file: COPY's CSV is the staged format, so no value is touched on the way. Every
 * value is quoted, so that an empty text is none of NULL, an empty line or the end of the data.
 *
 * `onRows` is told about how many there are: a line of a text counts as one.
 */
export async function copyRows(
  connection: PostgresConnected,
  place: PostgresPlace,
  select: string,
  path: string,
  onRows?: (rows: number) => void,
): Promise<PartRead> {
  const { to } = await import('pg-copy-streams')
  const stream = connection.client.query(
    to(`COPY (${select}) TO STDOUT (FORMAT csv, NULL '${stagedNull}', FORCE_QUOTE *)`),
  )
  if (onRows !== undefined) {
    let rows = 0
    stream.on('data', (chunk: Buffer) => onRows((rows += linesIn(chunk))))
  }
  try {
    await pipeline(stream, createWriteStream(path, { flags: 'wx' }))
  } catch (error) {
    throw postgresFailure(error, place)
  }
  // The server says last how many rows they were, and that nothing went wrong: the answer to another question comes after it.
  await connection.rows('SELECT 1')
  const records = stream.rowCount
  if (records === 0) {
    await rm(path)
    return { files: [], typed: [], records }
  }
  const { size, mtimeMs } = await stat(path)
  return { files: [{ path, size, mtimeMs: Math.trunc(mtimeMs) }], typed: [], records }
}
