/** Rows of a bookkeeping query, every value as text. */
export type TextRows = readonly (readonly (string | null)[])[]

/**
 * How Redshift is spoken to: by the wire protocol or by the Data API, with the same statements. Nothing is asked within a
 * transaction: its statements are known before it begins.
 *
 * Every call fails in the terms of `redshiftFailure`.
 */
export interface RedshiftConnection extends AsyncDisposable {
  /** Runs one statement in a transaction of its own. Ends early, without an outcome, when the signal says so. */
  run(sql: string, doing: string, signal?: AbortSignal): Promise<void>
  /** Runs one query and returns its rows. Not for data. */
  rows(sql: string, doing: string): Promise<TextRows>
  /**
   * Runs statements in one transaction and returns the rows of the last one. Fails with `connection.session-lost`
   * (transient) when it cannot be known whether the transaction took effect; after any other failure it did not.
   */
  transact(statements: readonly string[], doing: string): Promise<TextRows>
  /** After `connection.session-lost`: connects anew, and ends what is left of the old connection where that can be done. */
  recover(): Promise<void>
}
