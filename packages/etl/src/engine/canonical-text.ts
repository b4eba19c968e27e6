const microsPerDay = 86_400_000_000n

/** Writes a day since 1970-01-01 as `YYYY-MM-DD`; years beyond four digits carry a sign, as in ISO 8601. */
export function dateText(days: number): string {
  const shifted = days + 719_468
  const era = Math.floor(shifted / 146_097)
  const day = shifted - era * 146_097
  const yearOfEra = Math.floor(
    (day - Math.floor(day / 1460) + Math.floor(day / 36_524) - Math.floor(day / 146_096)) / 365,
  )
  const dayOfYear = day - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const monthFromMarch = Math.floor((5 * dayOfYear + 2) / 153)
  const month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  const dayOfMonth = dayOfYear - Math.floor((153 * monthFromMarch + 2) / 5) + 1
  const pad = (n: number, width: number): string => String(n).padStart(width, '0')
  const shownYear =
    year >= 0 && year <= 9999 ? pad(year, 4) : `${year < 0 ? '-' : '+'}${pad(Math.abs(year), 6)}`
  return `${shownYear}-${pad(month, 2)}-${pad(dayOfMonth, 2)}`
}

/** Writes microseconds since midnight as `HH:MM:SS.ffffff`. */
export function timeText(micros: bigint): string {
  const pad = (n: bigint, width: number): string => String(n).padStart(width, '0')
  const seconds = micros / 1_000_000n
  return `${pad(seconds / 3600n, 2)}:${pad((seconds / 60n) % 60n, 2)}:${pad(seconds % 60n, 2)}.${pad(micros % 1_000_000n, 6)}`
}

/** Writes microseconds since 1970-01-01T00:00 as `YYYY-MM-DDTHH:MM:SS.ffffff`. */
export function timestampText(micros: bigint): string {
  const inDay = ((micros % microsPerDay) + microsPerDay) % microsPerDay
  return `${dateText(Number((micros - inDay) / microsPerDay))}T${timeText(inDay)}`
}

/** Writes `unscaled` × 10^-`scale` with exactly `scale` digits after the point. */
export function decimalText(unscaled: bigint, scale: number): string {
  const digits = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const whole = digits.slice(0, digits.length - scale)
  const shown = scale === 0 ? whole : `${whole}.${digits.slice(-scale)}`
  return unscaled < 0n ? `-${shown}` : shown
}
