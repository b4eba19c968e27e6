import { EtlError } from '../base/errors.ts'

/**
 * Fails with `source.shrinks` when a run would take a larger share of the known rows away than may be unasked, or all of
 * them.
 */
export function assertNoShrink(by: {
  readonly table: string
  readonly lost: number
  /** Rows that were there before, those that are lost included. */
  readonly known: number
  /** 0..1; 1 asks nothing. */
  readonly maxShrink: number
  /** Rows would stay, marked; a full refresh is without them. */
  readonly isMarking?: boolean
}): void {
  const { table, lost, known, maxShrink, isMarking = false } = by
  if (lost <= 0 || maxShrink >= 1 || (lost < known && lost <= known * maxShrink)) return
  throw new EtlError(
    'source.shrinks',
    `${table}: ${lost} of ${known} rows are gone from the source, more than a run may take away unasked (maxShrink ${maxShrink})`,
    {
      hint: isMarking
        ? 'Nothing was published. Raise `maxShrink` when they are meant to be marked; --full builds the table anew without them.'
        : 'Nothing was published. Run it with --full when the rows are meant to go, or raise `maxShrink`.',
      params: { lost, known },
    },
  )
}
