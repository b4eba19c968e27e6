import { addValue, type Chunk, reserveView, type Take } from './chunk.ts'
import { fitsSigned, negate, setDigits, setNumber, type Word } from './word.ts'

const [minus, point, zero] = [45, 46, 48]

/** The number that digits write, or NaN where there is something else or nothing; at most 15 digits. */
export function digits(bytes: Uint8Array, from: number, to: number): number {
  if (from >= to) return Number.NaN
  let value = 0
  for (let i = from; i < to; i++) {
    const digit = (bytes[i] ?? 0) - zero
    if (digit < 0 || digit > 9) return Number.NaN
    value = value * 10 + digit
  }
  return value
}

/** Reads an integer of up to 20 digits without a sign. */
function readDigits(word: Word, bytes: Uint8Array, from: number, to: number): boolean {
  if (to - from > 20) return false
  const cut = Math.max(from, to - 9)
  const tail = digits(bytes, cut, to)
  const head = cut === from ? 0 : digits(bytes, from, cut)
  return !Number.isNaN(head + tail) && setDigits(word, head, tail)
}

/** Integers of up to 32 bits, stored in four bytes. */
export function takeSmall(bits: 8 | 16 | 32): Take {
  const limit = 2 ** (bits - 1)
  return (chunk, bytes, from, to) => {
    const isNegative = bytes[from] === minus
    const value = to - from > 11 ? Number.NaN : digits(bytes, isNegative ? from + 1 : from, to)
    if (!(isNegative ? value <= limit : value < limit)) return false
    reserveView(chunk, 4).setInt32(chunk.at, isNegative ? -value : value, true)
    addValue(chunk, 4)
    return true
  }
}

/** Writes a word as a little-endian value of 8 bytes. */
export function addWord(chunk: Chunk, word: Word): void {
  const view = reserveView(chunk, 8)
  view.setUint32(chunk.at, word.low, true)
  view.setUint32(chunk.at + 4, word.high, true)
  addValue(chunk, 8)
}

/** Writes a word as a big-endian value of 16 bytes, as Parquet has long decimals. */
function addLong(chunk: Chunk, word: Word, isNegative: boolean): void {
  const view = reserveView(chunk, 16)
  const { at } = chunk
  const sign = isNegative ? -1 : 0
  view.setInt32(at, sign)
  view.setInt32(at + 4, sign)
  view.setUint32(at + 8, word.high)
  view.setUint32(at + 12, word.low)
  addValue(chunk, 16)
}

/** Integers of 64 bits. */
export function takeInt64(): Take {
  const word: Word = { high: 0, low: 0 }
  return (chunk, bytes, from, to) => {
    const isNegative = bytes[from] === minus
    if (!readDigits(word, bytes, isNegative ? from + 1 : from, to) || !fitsSigned(word)) return false
    if (isNegative) negate(word)
    addWord(chunk, word)
    return true
  }
}

/** Unsigned integers of 64 bits, stored as decimals. */
export function takeUint64(): Take {
  const word: Word = { high: 0, low: 0 }
  return (chunk, bytes, from, to) => {
    if (!readDigits(word, bytes, from, to)) return false
    addLong(chunk, word, false)
    return true
  }
}

/** The exact powers of ten. */
const powers = Array.from({ length: 23 }, (_, i) => Number(`1e${i}`))
const power = (exponent: number): number => powers[exponent] ?? Number.NaN

/** Decimals of digits and at most `scale` of them after a point. */
export function takeDecimal(precision: number, scale: number): Take {
  const word: Word = { high: 0, low: 0 }
  const limit = 10n ** BigInt(precision)
  const add = (chunk: Chunk, unscaled: number, isNegative: boolean): void => {
    if (precision <= 9) {
      reserveView(chunk, 4).setInt32(chunk.at, isNegative ? -unscaled : unscaled, true)
      return addValue(chunk, 4)
    }
    setNumber(word, unscaled)
    if (isNegative) negate(word)
    if (precision <= 18) addWord(chunk, word)
    else addLong(chunk, word, isNegative && unscaled > 0)
  }
  return (chunk, bytes, from, to) => {
    const isNegative = bytes[from] === minus
    const start = isNegative ? from + 1 : from
    let cut = start
    while (cut < to && bytes[cut] !== point) cut++
    const decimals = cut === to ? 0 : to - cut - 1
    if (decimals > scale || cut === start || cut === to - 1) return false
    if (cut - start + scale > 15)
      return takeLongDecimal(
        chunk,
        { precision, scale, limit },
        Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from),
      )
    const whole =
      digits(bytes, start, cut) * power(decimals) + (decimals === 0 ? 0 : digits(bytes, cut + 1, to))
    const unscaled = whole * power(scale - decimals)
    if (!(unscaled < power(Math.min(precision, 15)))) return false
    add(chunk, unscaled, isNegative)
    return true
  }
}

const longDecimal = /^-?(\d+)(?:\.(\d+))?$/

/** Decimals of more digits than a number holds exactly. */
function takeLongDecimal(
  chunk: Chunk,
  type: { readonly precision: number; readonly scale: number; readonly limit: bigint },
  bytes: Buffer,
): boolean {
  const text = bytes.toString('latin1')
  const [, whole, fraction = ''] = longDecimal.exec(text) ?? []
  if (whole === undefined) return false
  const size = BigInt(whole + fraction.padEnd(type.scale, '0'))
  if (size >= type.limit) return false
  const value = text.startsWith('-') ? -size : size
  if (type.precision <= 9) {
    reserveView(chunk, 4).setInt32(chunk.at, Number(value), true)
    addValue(chunk, 4)
  } else if (type.precision <= 18) {
    reserveView(chunk, 8).setBigInt64(chunk.at, value, true)
    addValue(chunk, 8)
  } else {
    const view = reserveView(chunk, 16)
    view.setBigInt64(chunk.at, value >> 64n)
    view.setBigUint64(chunk.at + 8, BigInt.asUintN(64, value))
    addValue(chunk, 16)
  }
  return true
}

/**
 * A decimal of at most 15 digits is a whole number and a power of ten that doubles hold exactly, so one division rounds
 * it correctly. NaN where it is none. Source: Clinger, "How to Read Floating Point Numbers Accurately", 1990.
 */
function shortDouble(bytes: Uint8Array, from: number, to: number): number {
  if (to - from > 16) return Number.NaN
  let cut = from
  while (cut < to && bytes[cut] !== point) cut++
  if (cut === to) return to - from > 15 ? Number.NaN : digits(bytes, from, to)
  const decimals = to - cut - 1
  const whole = digits(bytes, from, cut) * power(decimals) + digits(bytes, cut + 1, to)
  return whole / power(decimals)
}

const anyDouble = /^-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** Finite doubles. */
export const takeDouble: Take = (chunk, bytes, from, to) => {
  const isNegative = bytes[from] === minus
  let value = shortDouble(bytes, isNegative ? from + 1 : from, to)
  if (isNegative) value = -value
  if (Number.isNaN(value)) {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
    value = anyDouble.test(text) ? Number(text) : Number.NaN
    if (!Number.isFinite(value)) return false
  }
  reserveView(chunk, 8).setFloat64(chunk.at, value, true)
  addValue(chunk, 8)
  return true
}
