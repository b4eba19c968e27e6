import type { Code } from '../../base/codes.ts'
import { EtlError, type EtlErrorOptions } from '../../base/errors.ts'

/** What `pg` tells of an error of the server, or the system of a connection. */
interface PostgresFailure {
  readonly code?: string
  readonly message?: string
  readonly detail?: string
  readonly where?: string
  readonly column?: string
}

interface Judgement {
  readonly code: Code
  readonly retry?: EtlErrorOptions['retry']
  readonly hint?: string
}

const unreachable: Judgement = { code: 'connection.failed', retry: 'transient' }

/** Judges by SQLSTATE (PostgreSQL 17, appendix A) or by the system's code. */
function judge(code: string): Judgement {
  if (/^(08|57P0)/.test(code) || /^E[A-Z]+$/.test(code)) return unreachable
  if (code.startsWith('28'))
    return { code: 'connection.unauthorized', hint: 'Check user, password and pg_hba.conf.' }
  if (code === '42501')
    return {
      code: 'connection.unauthorized',
      hint: 'The user must own the schemas and tables of its targets.',
    }
  if (code === '3D000') return { code: 'connection.failed', hint: 'Check the name of the database.' }
  if (/^(40|55P03)/.test(code))
    return {
      code: 'target.conflict',
      retry: 'transient',
      hint: 'Something else holds the table; look into pg_stat_activity.',
    }
  if (code === '23505' || code === '23502')
    return { code: 'target.key', hint: 'Make the key unique in the table, or give the target an `order`.' }
  if (/^(22|54000|0A000)/.test(code)) return { code: 'target.value' }
  return { code: 'target.failed' }
}

/** Whether an error means that the connection is gone, so that nothing is known of what was under way. */
export function isLost(error: unknown): boolean {
  if (error instanceof EtlError) return error.code === 'connection.failed' && error.retry === 'transient'
  const { code, message = '' } = error as PostgresFailure
  return code === undefined
    ? /^(Connection terminated|Client was closed|timeout expired)/.test(message)
    : judge(code) === unreachable
}

/** Puts what PostgreSQL or its client said into the terms of the product. */
export function postgresFailure(error: unknown, doing: string): EtlError {
  if (error instanceof EtlError) return error
  const { code = '', message = '', detail, where } = error as PostgresFailure
  const { code: own, retry, hint } = code === '' && isLost(error) ? unreachable : judge(code)
  const more = [detail, where?.split('\n', 1)[0]].filter((t) => t !== undefined).map((t) => `; ${t}`)
  return new EtlError(own, `${doing} failed: ${message}${more.join('')}${code === '' ? '' : ` [${code}]`}`, {
    cause: error,
    ...(retry === undefined ? {} : { retry }),
    ...(hint === undefined ? {} : { hint }),
  })
}
