import type { Diagnostic } from '../../../base/errors.ts'

/** The warning of zero dates that became NULL; none where there were none. */
export const zeroDateWarnings = (count: number, table: string): readonly Diagnostic[] =>
  count === 0
    ? []
    : [
        {
          code: 'source.warning',
          severity: 'warning',
          message: `${count} zero dates of ${table} became NULL`,
          hint: "zeroDates: 'reject' keeps such rows apart.",
        },
      ]
