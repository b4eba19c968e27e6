import { EtlError } from '../../base/errors.ts'

/**
 * Ends the translation of a query: what stands at `location` (byte offset, 0 unknown) has no equal in the catalogue or
 * among the nodes. The query then stays an opaque `sql` node with this reason.
 */
export function duckdbOnly(reason: string, location: number): never {
  throw new EtlError('sql.duckdb-only', reason, { params: { location } })
}

/** The reason and location, when the error is one of `duckdbOnly`. */
export function duckdbOnlyReason(
  error: unknown,
): { readonly reason: string; readonly location: number } | undefined {
  if (!(error instanceof EtlError) || error.code !== 'sql.duckdb-only') return undefined
  return { reason: error.message, location: Number(error.params['location'] ?? 0) }
}
