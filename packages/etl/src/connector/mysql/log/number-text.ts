import { digitBytes } from './column-type.ts'

/** An integer as text. */
export function integerText(buffer: Buffer, at: number, size: number, isUnsigned: boolean): string {
  if (size === 8)
    return isUnsigned ? buffer.readBigUInt64LE(at).toString() : buffer.readBigInt64LE(at).toString()
  return String(isUnsigned ? buffer.readUIntLE(at, size) : buffer.readIntLE(at, size))
}

/** A bit field, which lies in the log with its highest byte first, as the text of a number. */
export function bitText(buffer: Buffer, at: number, size: number): string {
  if (size <= 6) return String(buffer.readUIntBE(at, size))
  return BigInt(`0x${buffer.toString('hex', at, at + size)}`).toString()
}

/** The shortest text that a double is read back from exactly. */
export const doubleText = (value: number): string => (Object.is(value, -0) ? '-0' : String(value))

/**
 * A decimal as text, every digit of its scale. Packed form as of `decimal2bin` of the servers: groups of nine digits in four
 * bytes, highest first, odd digits at both ends in fewer; the sign is the inverted highest bit, a negative has all inverted.
 */
export function decimalText(buffer: Buffer, at: number, precision: number, scale: number): string {
  const isNegative = ((buffer[at] ?? 0) & 0x80) === 0
  const mask = isNegative ? 0xff : 0
  let from = at
  const group = (digits: number): string => {
    const bytes = digitBytes(digits)
    let value = 0
    for (let i = 0; i < bytes; i++) {
      const byte = (buffer[from + i] ?? 0) ^ mask ^ (from + i === at ? 0x80 : 0)
      value = value * 256 + byte
    }
    from += bytes
    return String(value).padStart(digits, '0')
  }
  const whole = precision - scale
  let text = whole % 9 > 0 ? group(whole % 9) : ''
  for (let i = 0; i < Math.floor(whole / 9); i++) text += group(9)
  let fraction = ''
  for (let i = 0; i < Math.floor(scale / 9); i++) fraction += group(9)
  if (scale % 9 > 0) fraction += group(scale % 9)
  const digits = text.replace(/^0+(?=\d)/, '')
  return `${isNegative ? '-' : ''}${digits === '' ? '0' : digits}${scale > 0 ? `.${fraction}` : ''}`
}
