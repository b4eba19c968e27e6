import { fail, invalid } from './build.ts'

/** A fixed span of time; the parts add up. Months and years have no fixed length and are no part of it. */
export interface Duration {
  readonly days?: number
  readonly hours?: number
  readonly minutes?: number
  readonly seconds?: number
}

/** The span in milliseconds; fails unless it is a whole number above zero. */
export function milliseconds(
  { days = 0, hours = 0, minutes = 0, seconds = 0 }: Duration,
  what: string,
): number {
  const ms = (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000
  if (!Number.isSafeInteger(ms) || ms <= 0) throw fail(invalid(`${what} is a whole span of time above zero`))
  return ms
}
