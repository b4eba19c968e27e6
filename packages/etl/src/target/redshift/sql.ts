import { fingerprint } from '../../base/json.ts'
import { quoteName } from '../../function/dialect.ts'
import type { TargetTable } from '../contract.ts'

/**
 * Quotes a text literal. Whether a backslash in one is an escape depends on the server, so none is written as itself.
 */
export function quoteRedshiftText(value: string): string {
  const parts = value.split('\\').map((part) => `'${part.replaceAll("'", "''")}'`)
  return parts.length === 1 ? (parts[0] ?? "''") : `(${parts.join(' || CHR(92) || ')})`
}

/** Prints whether two values differ, NULL being a value: Redshift has no `IS DISTINCT FROM`. Never NULL. */
export const printRedshiftDiffers = (a: string, b: string): string =>
  `(CASE WHEN ${a} IS NULL OR ${b} IS NULL THEN NOT (${a} IS NULL AND ${b} IS NULL) ELSE ${a} <> ${b} END)`

/** The quoted `schema.table` of a target. */
export const relationOf = (target: Pick<TargetTable, 'schema' | 'name'>): string =>
  `${quoteName(target.schema)}.${quoteName(target.name)}`

/** A text of 16 characters that stands for a target in names of the ledger and of staging tables. */
export const markOf = (target: string): string => fingerprint(['redshift target', target]).slice(0, 16)

/** What names of staging tables of a target begin with; epoch and delivery follow. */
export const stagePrefix = (target: string): string => `securecart$${markOf(target)}$`

/** The name of a staging table of a delivery: `what` tells several apart. At most 127 bytes. */
export function stageName(target: string, epoch: number, delivery: string, what: string): string {
  return `${stagePrefix(target)}${epoch}$${delivery.slice(0, 8)}$${what}`
}

/** The epoch in the name of a staging table; undefined when the target did not make it. */
export function epochOf(name: string, target: string): number | undefined {
  const prefix = stagePrefix(target)
  const [, epoch] = name.startsWith(prefix) ? (/^(\d+)\$/.exec(name.slice(prefix.length)) ?? []) : []
  return epoch === undefined ? undefined : Number(epoch)
}
