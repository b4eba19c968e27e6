import { addValue, reserveView, type Take } from './chunk.ts'
import { addWord, digits } from './number.ts'
import { negate, setDigits, setNumber, type Word } from './word.ts'

const [dash, colon, space, point, letterT] = [45, 58, 32, 46, 84]
const monthDays = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
const noDay = Number.NaN
/** Seconds whose microseconds are below 2^53: up to the year 2255. */
const exactSeconds = 9_007_199_254

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)

/** Days since 1970-01-01 of `yyyy-MM-dd` at `from`, of the years 1 to 9999; NaN where it is no day. */
function dayAt(bytes: Uint8Array, from: number): number {
  const year = digits(bytes, from, from + 4)
  const month = digits(bytes, from + 5, from + 7)
  const day = digits(bytes, from + 8, from + 10)
  if (bytes[from + 4] !== dash || bytes[from + 7] !== dash || !(year >= 1 && month >= 1 && day >= 1))
    return noDay
  const last = month === 2 && isLeap(year) ? 29 : (monthDays[month - 1] ?? 0)
  if (day > last) return noDay
  // Years that begin in March, so that the leap day is the last one.
  const shifted = month > 2 ? year : year - 1
  const dayOfYear = (((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) | 0) + day - 1
  return shifted * 365 + (shifted >> 2) - ((shifted / 100) | 0) + ((shifted / 400) | 0) + dayOfYear - 719_468
}

/** Seconds of the day of `HH:mm:ss` at `from`; NaN where it is none. */
function secondAt(bytes: Uint8Array, from: number): number {
  const hour = digits(bytes, from, from + 2)
  const minute = digits(bytes, from + 3, from + 5)
  const second = digits(bytes, from + 6, from + 8)
  const isTime =
    bytes[from + 2] === colon && bytes[from + 5] === colon && hour < 24 && minute < 60 && second < 60
  return isTime ? (hour * 60 + minute) * 60 + second : Number.NaN
}

/** Microseconds of a fraction with its point, of up to six digits; NaN where it is none. */
function microsAt(bytes: Uint8Array, from: number, to: number): number {
  if (from === to) return 0
  const places = to - from - 1
  if (bytes[from] !== point || places > 6) return Number.NaN
  return digits(bytes, from + 1, to) * 10 ** (6 - places)
}

/** Days of the Gregorian calendar. */
export const takeDate: Take = (chunk, bytes, from, to) => {
  const day = to - from === 10 ? dayAt(bytes, from) : Number.NaN
  if (Number.isNaN(day)) return false
  reserveView(chunk, 4).setInt32(chunk.at, day, true)
  addValue(chunk, 4)
  return true
}

/** Moments in UTC: a day, a space or T, and a time with up to six digits of a second. */
export function takeTimestamp(): Take {
  const word: Word = { high: 0, low: 0 }
  return (chunk, bytes, from, to) => {
    if (to - from < 19 || (bytes[from + 10] !== space && bytes[from + 10] !== letterT)) return false
    const seconds = dayAt(bytes, from) * 86_400 + secondAt(bytes, from + 11)
    const micros = microsAt(bytes, from + 19, to)
    if (Number.isNaN(seconds + micros)) return false
    if (seconds >= 0 && seconds < exactSeconds) setNumber(word, seconds * 1_000_000 + micros)
    else if (seconds >= 0) setThousands(word, seconds, micros)
    else {
      // The same moment, reckoned back from 1970.
      setThousands(word, micros === 0 ? -seconds : -seconds - 1, micros === 0 ? 0 : 1_000_000 - micros)
      negate(word)
    }
    addWord(chunk, word)
    return true
  }
}

/** Sets a word to `seconds` * 10^6 + `micros`. */
function setThousands(word: Word, seconds: number, micros: number): void {
  const head = Math.floor(seconds / 1000)
  setDigits(word, head, (seconds - head * 1000) * 1_000_000 + micros)
}

/** Times of day. */
export function takeTime(): Take {
  const word: Word = { high: 0, low: 0 }
  return (chunk, bytes, from, to) => {
    const micros =
      to - from < 8 ? Number.NaN : secondAt(bytes, from) * 1_000_000 + microsAt(bytes, from + 8, to)
    if (Number.isNaN(micros)) return false
    setNumber(word, micros)
    addWord(chunk, word)
    return true
  }
}
