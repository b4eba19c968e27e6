import { type Code, EtlError, type Retry } from '../../base/index.ts'
import type { MysqlServer } from '../mysql.ts'

interface Told {
  readonly code: Code
  readonly retry?: Retry
  readonly hint: string
}

const network = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ENOENT',
  'EHOSTUNREACH',
  'PROTOCOL_CONNECTION_LOST',
  'ER_SERVER_SHUTDOWN',
  'ER_CON_COUNT_ERROR',
  'ER_TOO_MANY_USER_CONNECTIONS',
  'ER_USER_LIMIT_REACHED',
  'ER_QUERY_INTERRUPTED',
  'ER_CONNECTION_KILLED',
]
const rights = [
  'ER_ACCESS_DENIED_ERROR',
  'ER_DBACCESS_DENIED_ERROR',
  'ER_TABLEACCESS_DENIED_ERROR',
  'ER_SPECIFIC_ACCESS_DENIED_ERROR',
  'ER_COLUMNACCESS_DENIED_ERROR',
]

/** A lock that another one had, or a table that was altered after a snapshot began. */
const passing = ['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_TABLE_DEF_CHANGED']

function told(code: string): Told {
  if (code === 'ETIMEDOUT')
    return {
      code: 'connection.timeout',
      retry: 'transient',
      hint: 'Check host and port, and whether a firewall stands between.',
    }
  if (network.includes(code))
    return {
      code: 'connection.failed',
      retry: 'transient',
      hint: 'Check that the server runs, and its host and port.',
    }
  if (rights.includes(code))
    return { code: 'connection.unauthorized', hint: 'Check the user, its password, and what it was granted.' }
  if (passing.includes(code)) return { code: 'source.failed', retry: 'transient', hint: 'Run again.' }
  return { code: 'source.failed', hint: 'Look at the words of the server.' }
}

/** Where a server is, without who asks. */
export const placeOf = ({ socketPath, host, port, database }: MysqlServer): string =>
  `${socketPath ?? `${host}:${port}`}/${database}`

/** A failure of the driver in the terms of the product; what is none comes back as it is. */
export function mysqlFailure(error: unknown, server: MysqlServer): unknown {
  if (error instanceof EtlError) return error
  const {
    message = String(error),
    fatal,
    code: given,
  } = (error ?? {}) as { message?: string; code?: string; fatal?: boolean }
  // The driver gives no code to a command for a connection that it has lost before.
  const code = given ?? (fatal === true ? 'PROTOCOL_CONNECTION_LOST' : '')
  if (code === '' && !(error instanceof Error)) return error
  const { hint, retry, ...rest } = told(code)
  return new EtlError(rest.code, `${placeOf(server)}: ${message}`, {
    cause: error,
    hint,
    params: { errorCode: code },
    ...(retry === undefined ? {} : { retry }),
  })
}
