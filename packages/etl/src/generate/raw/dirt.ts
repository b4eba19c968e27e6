import { bits, chance } from '../random.ts'
import { clockText, dayOfMoment, dayText, isoMillis, millisText, monthNames, twoDigits } from '../text.ts'

const hourMs = 3_600_000

/** The timestamp formats that occur, in the tokens of the product. */
export const timestampFormats = [
  'yyyy-MM-dd HH:mm:ss',
  'dd/MM/yyyy HH:mm',
  "yyyy-MM-dd'T'HH:mm:ss'Z'",
  'MMM d yyyy HH:mm:ss',
  "yyyy-MM-dd'T'HH:mm:ssXXX",
  'yyyy-MM-dd HH:mm:ss.SSS',
] as const

const plain = (ms: number): string => `${dayText(dayOfMoment(ms))} ${clockText(ms)}`

/** `dd/MM/yyyy HH:mm`, for whole minutes. */
function dayFirst(ms: number): string {
  const day = dayText(dayOfMoment(ms))
  return `${day.slice(8)}/${day.slice(5, 7)}/${day.slice(0, 4)} ${clockText(ms).slice(0, 5)}`
}

/** `MMM d yyyy HH:mm:ss`. */
function named(ms: number): string {
  const day = dayText(dayOfMoment(ms))
  return `${monthNames[Number(day.slice(5, 7)) - 1]} ${Number(day.slice(8))} ${day.slice(0, 4)} ${clockText(ms)}`
}

function withOffset(ms: number, hours: number): string {
  const local = ms + hours * hourMs
  return `${dayText(dayOfMoment(local))}T${clockText(local)}+${twoDigits(hours)}:00`
}

/** Writes a moment in one of the formats that can hold it exactly. */
export function dirtyTimestamp(ms: number, uniform: number): string {
  const choice = uniform % 100
  if (ms % 1000 !== 0) return `${plain(ms)}.${millisText(ms)}`
  if (ms % 60_000 === 0 && choice < 70) return dayFirst(ms)
  if (choice < 50) return plain(ms)
  if (choice < 70) return `${isoMillis(ms).slice(0, 19)}Z`
  return choice < 85 ? named(ms) : withOffset(ms, 2)
}

function grouped(whole: number): string {
  if (whole < 1000) return String(whole)
  return `${grouped(Math.floor(whole / 1000))},${String(1000 + (whole % 1000)).slice(1)}`
}

/**
 * Writes hundredths as people and exports do: `12.50`, `12.5`, ` 12.5 `, `$12.50`, `"1,234.50"`. Ready for a CSV field.
 */
export function dirtyPrice(cents: number, uniform: number): string {
  const choice = uniform % 100
  const whole = Math.floor(cents / 100)
  const rest = cents % 100
  const full = `.${twoDigits(rest)}`
  if (choice < 70) return whole + full
  const short = rest === 0 ? '' : rest % 10 === 0 ? `.${rest / 10}` : full
  if (choice < 80) return ` ${whole}${short} `
  if (choice < 88) return `$${whole}${full}`
  if (whole < 1000) return whole + short
  return `"${grouped(whole)}${full}"`
}

/** Writes a code word as sloppy systems do: mostly as it is, else in the other case or padded. */
export function dirtyWord(word: string, entity: number, draw: number): string {
  const uniform = bits(entity, draw)
  if (!chance(uniform, 80_000)) return word
  if (chance(uniform, 30_000)) return ` ${word} `
  const lower = word.toLowerCase()
  return word === lower ? word.toUpperCase() : lower
}
