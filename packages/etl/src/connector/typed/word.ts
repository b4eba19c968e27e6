/** A 64-bit integer in two's complement, as two unsigned halves that are numbers: BigInt costs several times as much. */
export interface Word {
  high: number
  low: number
}

const half = 2 ** 32
const billion = 1e9

/** Sets a word to `head` * 10^9 + `tail`; `head` < 10^11, `tail` < 10^9. False where it has no place in 64 bits. */
export function setDigits(word: Word, head: number, tail: number): boolean {
  // In steps whose products stay below 2^53.
  const upper = Math.floor(head / 65_536) * billion
  const lower = (head % 65_536) * billion + (upper % 65_536) * 65_536 + tail
  word.low = lower >>> 0
  word.high = Math.floor(upper / 65_536) + Math.floor(lower / half)
  return word.high < half
}

/** Sets a word to a whole number of at least 0 and less than 2^53. */
export function setNumber(word: Word, value: number): void {
  word.low = value >>> 0
  word.high = Math.floor(value / half)
}

/** Turns a word into its negative. */
export function negate(word: Word): void {
  word.low = -word.low >>> 0
  word.high = (~word.high + (word.low === 0 ? 1 : 0)) >>> 0
}

/** Whether an unsigned word is at most 2^63 - 1. */
export const fitsSigned = (word: Word): boolean => word.high < 0x80_00_00_00
