import { quoteName } from '../../function/dialect.ts'
import type { Applied } from '../apply.ts'
import type { Ledger } from './ledger.ts'
import { stageName } from './sql.ts'
import type { Staging } from './stage.ts'

/** What a delivery works with. Names of its target are as Redshift keeps them. */
export interface Work extends Staging {
  readonly ledger: Ledger
  /** The schema of the ledger and of staging tables. */
  readonly ledgerSchema: string
}

/**
 * A delivery that is ready to commit. All of it was found out before the transaction, from a table that nobody but a delivery
 * changes: the guard of the transaction makes sure that none has.
 */
export interface Prepared extends Applied {
  /** Rows that reached the warehouse. */
  readonly copied: number
  /** What the transaction does between its guard and the ledger. */
  readonly statements: readonly string[]
}

/** The quoted names of the tables that a delivery makes for itself. */
export interface OwnTables {
  /** The delivered rows, as they are in the target's table. */
  readonly stage: string
  /** The delivered rows as COPY loads them. */
  readonly raw: string
  /** Keys that have no row any more, and the same as COPY loads them. */
  readonly gone: string
  readonly rawGone: string
  /** The table that takes the place of the target's. */
  readonly beside: string
}

export function ownTables({ delivery, ledgerSchema }: Work): OwnTables {
  const { target, epoch, position } = delivery
  const of = (schema: string, what: string): string =>
    `${quoteName(schema)}.${quoteName(stageName(target.id, epoch, position.delivery, what))}`
  return {
    stage: of(ledgerSchema, 'stage'),
    raw: of(ledgerSchema, 'raw'),
    gone: of(ledgerSchema, 'gone'),
    rawGone: of(ledgerSchema, 'rawgone'),
    beside: of(target.schema, 'beside'),
  }
}

/** The time of a history's new state, as a literal. */
export const asOfLiteral = (micros: string): string => {
  const at = new Date(Math.floor(Number(micros) / 1000)).toISOString().replace('T', ' ').replace('Z', '')
  return `CAST('${at}' AS TIMESTAMP)`
}
