const dayMs = 86_400_000
const two = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, '0'))
const days = new Map<number, string>()
const clocks: (string | undefined)[] = Array.from({ length: 86_400 })
const hex4 = Array.from({ length: 65_536 }, (_, n) => n.toString(16).padStart(4, '0'))

/** The names of the months as `MMM` writes them. */
export const monthNames = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Writes 0..99 with two digits. */
export const twoDigits = (n: number): string => two[n] as string

/** Writes 32 bits as eight hexadecimal digits. */
export const hex8 = (n: number): string => (hex4[n >>> 16] as string) + (hex4[n & 0xffff] as string)

/** Writes a day since the epoch as `yyyy-MM-dd`. */
export function dayText(day: number): string {
  const known = days.get(day)
  if (known !== undefined) return known
  const text = new Date(day * dayMs).toISOString().slice(0, 10)
  days.set(day, text)
  return text
}

/** The day since the epoch of a moment in milliseconds. */
export const dayOfMoment = (ms: number): number => Math.floor(ms / dayMs)

/** Writes the time of day of a moment as `HH:mm:ss`. */
export function clockText(ms: number): string {
  const second = Math.floor((ms % dayMs) / 1000)
  return (clocks[second] ??=
    `${twoDigits(Math.floor(second / 3600))}:${twoDigits(Math.floor(second / 60) % 60)}:${twoDigits(second % 60)}`)
}

/** Writes the milliseconds of a moment with three digits. */
export const millisText = (ms: number): string => String(1000 + (ms % 1000)).slice(1)

/** Writes a moment as the expected answers do: `yyyy-MM-ddTHH:mm:ss.SSSSSSZ`. */
export const isoMicros = (ms: number): string =>
  `${dayText(dayOfMoment(ms))}T${clockText(ms)}.${millisText(ms)}000Z`

/** Writes a moment as `yyyy-MM-ddTHH:mm:ss.SSSZ`. */
export const isoMillis = (ms: number): string =>
  `${dayText(dayOfMoment(ms))}T${clockText(ms)}.${millisText(ms)}Z`

/** Writes a non-negative count of hundredths (below 2^53) as an exact decimal with two digits after the point. */
export const centsText = (cents: number): string => `${Math.floor(cents / 100)}.${twoDigits(cents % 100)}`

/** Writes an IPv4 address of 32 bits in dotted form. */
export const ipText = (ip: number): string =>
  `${ip >>> 24}.${(ip >>> 16) & 255}.${(ip >>> 8) & 255}.${ip & 255}`

/** Quotes a CSV field where it needs quotes. */
export function csvField(value: string): string {
  return /[",\n\r]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value
}
