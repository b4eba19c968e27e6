import { decimalOf } from './schema.ts'
import type { Value } from './value.ts'

/**
 * Serialises a value as a bound.
 *
 * Source: Iceberg table specification, appendix D "Single-value serialization: binary".
 */
export function encodeValue(type: string, value: Value): Buffer {
  if (Buffer.isBuffer(value)) return value
  if (typeof value === 'boolean') return Buffer.of(value ? 1 : 0)
  if (typeof value === 'number') {
    const bytes = Buffer.alloc(type === 'float' ? 4 : 8)
    if (type === 'float') bytes.writeFloatLE(value)
    else bytes.writeDoubleLE(value)
    return bytes
  }
  if (decimalOf(type) !== undefined) return twosComplement(value)
  const bytes = Buffer.alloc(type === 'int' || type === 'date' ? 4 : 8)
  if (bytes.length === 4) bytes.writeInt32LE(Number(value))
  else bytes.writeBigInt64LE(value)
  return bytes
}

/** Reads a bound. Integers written before a column was widened are accepted in their shorter form. */
export function decodeValue(type: string, bytes: Buffer): Value {
  if (decimalOf(type) !== undefined) return fromTwosComplement(bytes)
  switch (type) {
    case 'boolean':
      return bytes[0] === 1
    case 'int':
    case 'long':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'timestamptz':
      return bytes.length === 4 ? BigInt(bytes.readInt32LE()) : bytes.readBigInt64LE()
    case 'float':
    case 'double':
      return bytes.length === 4 ? bytes.readFloatLE() : bytes.readDoubleLE()
    default:
      return bytes
  }
}

/** Prints an integer as big-endian two's complement in as few bytes as hold it, or in exactly `length` bytes. */
export function twosComplement(value: bigint, length?: number): Buffer {
  let size = length ?? 1
  if (length === undefined) {
    while (BigInt.asIntN(size * 8, value) !== value) size += 1
  }
  const hex = BigInt.asUintN(size * 8, value).toString(16)
  return Buffer.from(hex.padStart(size * 2, '0'), 'hex')
}

/** Reads a big-endian two's complement integer. */
export function fromTwosComplement(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex')
  return hex === '' ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`))
}

/** How many bytes a fixed-length decimal of a precision takes. */
export function decimalBytes(precision: number): number {
  return twosComplement(10n ** BigInt(precision) - 1n).length
}

const boundCharacters = 16

/** Shortens a lower bound of text or binary to at most 16 code points (or bytes): a prefix sorts first. */
export function truncateLower(type: string, value: Buffer): Buffer {
  return type === 'string' ? Buffer.from(prefix(value)) : value.subarray(0, boundCharacters)
}

/** Shortens an upper bound to 16 code points (or bytes), raised so that it stays above; undefined when it cannot be. */
export function truncateUpper(type: string, value: Buffer): Buffer | undefined {
  if (type !== 'string') {
    return value.length <= boundCharacters ? value : raiseBytes(value.subarray(0, boundCharacters))
  }
  const text = value.toString('utf8')
  const short = prefix(value)
  if (short.length === text.length) return value
  const points = Array.from(short, (c) => c.codePointAt(0) ?? 0)
  for (let last = points.length - 1; last >= 0; last--) {
    const next = raisePoint(points[last] ?? 0)
    if (next !== undefined) return Buffer.from(String.fromCodePoint(...points.slice(0, last), next))
  }
  return undefined
}

function prefix(value: Buffer): string {
  // 16 code points take at most 64 bytes; never decode a long text whole.
  return Array.from(value.subarray(0, 64 + 3).toString('utf8'))
    .slice(0, boundCharacters)
    .join('')
}

function raisePoint(point: number): number | undefined {
  if (point >= 0x10ffff) return undefined
  return point + 1 === 0xd800 ? 0xe000 : point + 1
}

function raiseBytes(bytes: Buffer): Buffer | undefined {
  const raised = Buffer.from(bytes)
  for (let i = raised.length - 1; i >= 0; i--) {
    const byte = raised[i] ?? 0
    if (byte < 0xff) {
      raised[i] = byte + 1
      return raised.subarray(0, i + 1)
    }
  }
  return undefined
}
