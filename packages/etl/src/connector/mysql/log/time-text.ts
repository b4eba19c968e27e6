const two = (n: number): string => (n < 10 ? `0${n}` : String(n))

/** A fraction of a second with its point; empty for none. It lies in whole bytes, two digits in each, highest first. */
function fractionText(value: number, digits: number): string {
  if (digits === 0) return ''
  return `.${String(value)
    .padStart(2 * Math.ceil(digits / 2), '0')
    .slice(0, digits)}`
}

const clock = (hour: number, minute: number, second: number): string =>
  `${two(hour)}:${two(minute)}:${two(second)}`
const day = (year: number, month: number, date: number): string =>
  `${String(year).padStart(4, '0')}-${two(month)}-${two(date)}`

export function dateText(buffer: Buffer, at: number): string {
  const bits = buffer.readUIntLE(at, 3)
  return day(bits >> 9, (bits >> 5) & 15, bits & 31)
}

export const yearText = (byte: number): string => (byte === 0 ? '0000' : String(1900 + byte))

/** A DATETIME(digits): years and months (of 13), days, hours, minutes and seconds in bit fields. */
export function datetimeText(buffer: Buffer, at: number, digits: number): string {
  const high = buffer.readUIntBE(at, 3) & 0x7f_ffff
  const months = high >> 6
  const low = ((high & 0x3f) << 16) | buffer.readUInt16BE(at + 3)
  const date = day(Math.floor(months / 13), months % 13, low >> 17)
  const fraction = digits === 0 ? 0 : buffer.readUIntBE(at + 5, Math.ceil(digits / 2))
  return `${date} ${clock((low >> 12) & 31, (low >> 6) & 63, low & 63)}${fractionText(fraction, digits)}`
}

/** A moment given in seconds since the epoch, in UTC; 0 is the zero date. */
export function momentText(seconds: number, fraction: number, digits: number): string {
  const rest = fractionText(fraction, digits)
  if (seconds === 0 && fraction === 0) return `0000-00-00 00:00:00${rest}`
  return `${new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ')}${rest}`
}

/** A TIMESTAMP(digits), in UTC. */
export function timestampText(buffer: Buffer, at: number, digits: number): string {
  const fraction = digits === 0 ? 0 : buffer.readUIntBE(at + 4, Math.ceil(digits / 2))
  return momentText(buffer.readUInt32BE(at), fraction, digits)
}

/** A TIME(digits), which may be negative and longer than a day. */
export function timeText(buffer: Buffer, at: number, digits: number): string {
  const fractionBytes = Math.ceil(digits / 2)
  const bytes = 3 + fractionBytes
  const value = buffer.readUIntBE(at, bytes) - 0x80 * 2 ** (8 * (bytes - 1))
  const magnitude = Math.abs(value)
  const unit = 2 ** (8 * fractionBytes)
  const whole = Math.floor(magnitude / unit)
  const time = clock((whole >> 12) & 0x3ff, (whole >> 6) & 63, whole & 63)
  return `${value < 0 ? '-' : ''}${time}${fractionText(magnitude % unit, digits)}`
}
