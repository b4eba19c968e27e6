import { pipeline } from 'node:stream/promises'
import { EtlError } from '../../base/errors.ts'
import { loadOptional } from '../../base/optional.ts'
import { pipeRows } from '../../engine/duckdb/pipe-rows.ts'
import type { Session } from '../../engine/duckdb/session.ts'
import { quoteName } from '../../function/dialect.ts'
import type { TargetTable } from '../contract.ts'
import { toldNul } from '../nul.ts'
import type { Connection } from './connect.ts'
import { postgresFailure } from './failure.ts'
import { printFields } from './line.ts'

/**
 * Copies the rows of a query, in DuckDB's SQL and with the columns of the target, into a table of PostgreSQL. Returns how
 * many. Nothing is copied when the query fails before its end.
 */
export async function copyRows(
  connection: Connection,
  session: Session,
  copy: {
    readonly rows: string
    readonly into: string
    readonly target: TargetTable
    readonly scratch: string
    readonly signal?: AbortSignal
  },
): Promise<number> {
  const { from } = await loadOptional('pg-copy-streams', () => import('pg-copy-streams'))
  const { target, into } = copy
  const doing = `copying rows to ${target.schema}.${target.name}`
  const columns = target.columns.map((f) => quoteName(f.name)).join(', ')
  const lines = `SELECT ${printFields(target.columns, target.nul)} FROM (${copy.rows})`
  const piped = await pipeRows(session, lines, copy.scratch, doing)
  const sink = connection.client.query(from(`COPY ${into} (${columns}) FROM STDIN`))
  try {
    await pipeline(piped.stream, sink, copy.signal === undefined ? {} : { signal: copy.signal })
    await piped.ended
    return sink.rowCount
  } catch (error) {
    const failed = await piped.ended.then(
      () => undefined,
      (reason: unknown) => reason,
    )
    throw toldNul(decisive(error, failed, doing), target, 'PostgreSQL')
  }
}

/** Of two failures the one that caused the other: a broken pipe follows from what the server said. */
function decisive(error: unknown, failed: unknown, doing: string): unknown {
  const fromServer = !(error instanceof EtlError) && typeof (error as { code?: unknown }).code === 'string'
  if (fromServer && (error as Error).name !== 'AbortError') return postgresFailure(error, doing)
  if (error instanceof EtlError) return error
  return failed ?? postgresFailure(error, doing)
}
