import { type Code, EtlError, type Retry } from '../../base/index.ts'
import type { PostgresPlace, PostgresReads } from '../postgres-table.ts'

interface Told {
  readonly code: Code
  readonly retry?: Retry
  readonly hint: string
}

const network: Told = {
  code: 'connection.failed',
  retry: 'transient',
  hint: 'Check that the server runs, and its host and port.',
}

/** Judges by SQLSTATE (PostgreSQL 17, appendix A) or by the code of the system. */
function told(code: string): Told {
  if (code === 'ETIMEDOUT')
    return {
      code: 'connection.timeout',
      retry: 'transient',
      hint: 'Check host and port, and whether a firewall stands between.',
    }
  if (/^(08|57P0|53300)/.test(code) || /^E[A-Z_]+$/.test(code)) return network
  if (/^(28|42501)/.test(code))
    return { code: 'connection.unauthorized', hint: 'Check the user, its password, and what it was granted.' }
  if (code === '3D000') return { code: 'connection.failed', hint: 'Check the name of the database.' }
  // A lock, a conflict with the recovery of a standby, or somebody who cancelled the statement.
  if (/^(40|55P03|57014)/.test(code)) return { code: 'source.failed', retry: 'transient', hint: 'Run again.' }
  return { code: 'source.failed', hint: 'Look at the words of the server.' }
}

/** Where a database is, without who asks. */
export const placeOf = ({ host, port = 5432, database }: PostgresPlace): string =>
  `${host}:${port}/${database}`

/** Where a table is: `localhost:5432/shop.public.orders`. */
export const tablePlaceOf = (place: PostgresPlace, { schema, table }: PostgresReads): string =>
  `${placeOf(place)}.${schema}.${table}`

/** A failure of the driver in the terms of the product; what is none comes back as it is. */
export function postgresFailure(error: unknown, place: PostgresPlace): unknown {
  if (error instanceof EtlError || !(error instanceof Error) || error.name === 'AbortError') return error
  const { code: given, message } = error as { code?: string; message: string }
  // The driver gives no code to a connection that it has lost.
  const isLost = /^(Connection terminated|Client was closed|Client has encountered)/.test(message)
  const isLate = /timeout expired/.test(message)
  const code = given ?? (isLate ? 'ETIMEDOUT' : isLost ? '08006' : '')
  if (code === '') return error
  const { hint, retry, ...rest } = told(code)
  return new EtlError(rest.code, `${placeOf(place)}: ${message}`, {
    cause: error,
    hint,
    params: { errorCode: code },
    ...(retry === undefined ? {} : { retry }),
  })
}
