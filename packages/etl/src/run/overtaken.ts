import { EtlError } from '../base/errors.ts'
import type { Lake } from '../lake/contract.ts'
import type { Decision } from './decide.ts'
import { ledgerOf } from './ledger.ts'

/**
 * What a run does when a newer one has published the table first: it decides again, on what is there now. Not when the
 * newer one published another definition, since building the older one once more would undo it.
 */
export async function overtaken(error: unknown, decision: Decision, lake: Lake): Promise<unknown> {
  if (!(error instanceof EtlError) || error.code !== 'lake.fenced') return error
  const { name } = decision.table.declaration
  const definition = ledgerOf(await lake.load(name))?.definition
  if (definition !== undefined && definition !== decision.definition) {
    return new EtlError('lake.fenced', `a newer run has published ${name} by another definition`, {
      cause: error,
      params: error.params,
      hint: 'This run leaves the table to it. Run again from the declarations that are meant to hold.',
    })
  }
  return new EtlError(error.code, error.message, { cause: error, params: error.params, retry: 'transient' })
}
