import type { Code } from '../../base/codes.ts'
import { EtlError, type EtlErrorOptions } from '../../base/errors.ts'
import { isLost } from '../postgres/failure.ts'
import { postgresFailure } from '../postgres/failure.ts'

/** What says of an error that a guard of a transaction did not hold: a query that divides by zero where it does not. */
export const guardFailed = 'guard'

type Rule = readonly [pattern: RegExp, code: Code, options?: EtlErrorOptions]

const loads =
  'Look into SYS_LOAD_ERROR_DETAIL (provisioned clusters: STL_LOAD_ERRORS, too) for the file and the value.'

/**
 * What Redshift's messages mean. The Data API gives nothing but the message, and by the wire most errors have the one code
 * XX000. Source: Redshift guide, "Serializable isolation" for 1018 and 1023; messages of the others as users report them.
 */
const rules: readonly Rule[] = [
  [
    /\b(1018|1023)\b|serializable isolation violation|could not serialize|conflict with concurrent|deadlock/i,
    'target.conflict',
    { retry: 'transient' },
  ],
  [/divi(de|sion) by zero/i, 'target.conflict', { retry: 'transient', params: { [guardFailed]: true } }],
  [
    /statement timeout|cancell?ed on user's request|lock timeout/i,
    'target.conflict',
    { retry: 'transient', hint: 'Something else holds the table; look into STV_LOCKS and SVV_TRANSACTIONS.' },
  ],
  [
    /null value in column|cannot insert a null|multiple matches to update|row a second time/i,
    'target.key',
    { hint: 'Make the key unique in the table, or give the target an `order`.' },
  ],
  [
    /longer than the length defined|value too long|exceeds (the )?(ddl|maximum) length|larger than the maximum|out of range|overflow|json.{0,40}(invalid|parse)|invalid.{0,20}json/i,
    'target.value',
    { hint: loads },
  ],
  [
    /not authorized|access ?denied|unauthorizedexception|permission denied|must be (the )?owner|not have.*privilege/i,
    'connection.unauthorized',
    {
      hint: 'The user must own the schemas and tables of its targets, and the role must read the staging folder.',
    },
  ],
  [
    /password authentication failed|no such user|user .* does not exist/i,
    'connection.unauthorized',
    { hint: 'Check user and password.' },
  ],
  [/database .* does not exist/i, 'connection.failed', { hint: 'Check the name of the database.' }],
  [/spectrum|s3|manifest|parquet/i, 'target.failed', { hint: loads }],
]

/** Whether a failure says that a table or schema is not there. */
export function isMissingRelation(error: unknown): boolean {
  return error instanceof EtlError && /(relation|schema|table) .*does not exist/i.test(error.message)
}

/** Whether a failure says that a table is there already. */
export function isExistingRelation(error: unknown): boolean {
  return error instanceof EtlError && /already exists/i.test(error.message)
}

/** Whether a guard of a transaction did not hold: nothing was changed. */
export const isGuard = (error: unknown): boolean =>
  error instanceof EtlError && error.params[guardFailed] === true

/** Puts what Redshift said, by whichever way, into the terms of the product. */
export function redshiftFailure(error: unknown, doing: string): EtlError {
  if (error instanceof EtlError) return error
  const { message = '', detail = '' } = error as { readonly message?: string; readonly detail?: string }
  const said = detail === '' ? message : `${message}; ${detail.trim()}`
  const rule = isLost(error) ? undefined : rules.find(([pattern]) => pattern.test(said))
  if (rule === undefined) return postgresFailure(error, doing)
  const [, code, options = {}] = rule
  return new EtlError(code, `${doing} failed: ${said}`, { ...options, cause: error })
}

/** The failure of a transaction of which nobody knows whether it took effect. */
export const unknownOutcome = (doing: string, cause: unknown): EtlError =>
  new EtlError('connection.session-lost', `${doing}: the answer was lost`, { cause, retry: 'transient' })

/** Whether a failure leaves unknown what became of a transaction. */
export const isUnknown = (error: unknown): boolean =>
  error instanceof EtlError && error.code === 'connection.session-lost'
