/** An error as Redshift tells it. */
export class RedshiftError extends Error {
  /** SQLSTATE; XX000 where Redshift has none of its own. */
  readonly code: string
  constructor(message: string, code = 'XX000') {
    super(message)
    this.code = code
  }
}

export const syntaxError = (near: string): RedshiftError =>
  new RedshiftError(`syntax error at or near "${near}"`, '42601')
