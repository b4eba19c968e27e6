import { EtlError, unreachable } from '../../base/errors.ts'
import type { Transform } from '../../engine/contract.ts'
import { murmur3 } from '../../base/murmur3.ts'
import { decimalOf } from './schema.ts'
import { twosComplement } from './single-value.ts'
import { floorDivide } from './value.ts'
import type { Value } from './value.ts'

/** Prints a transform as metadata names it: `bucket[16]`. */
export function printTransform(transform: Transform): string {
  if (transform.kind === 'bucket') return `bucket[${transform.count}]`
  return transform.kind === 'truncate' ? `truncate[${transform.width}]` : transform.kind
}

/** Reads a transform's name; undefined for `void` and transforms this version does not know. */
export function parseTransform(name: string): Transform | undefined {
  const match = /^(bucket|truncate)\[(\d+)\]$/.exec(name)
  if (match?.[1] === 'bucket') return { kind: 'bucket', count: Number(match[2]) }
  if (match?.[1] === 'truncate') return { kind: 'truncate', width: Number(match[2]) }
  if (name === 'identity' || name === 'year' || name === 'month' || name === 'day' || name === 'hour') {
    return { kind: name }
  }
  return undefined
}

const dated = new Set(['date', 'timestamp', 'timestamptz'])

/** Fails with `lake.invalid` when a transform cannot be applied to a column of this Iceberg type. */
export function checkTransform(transform: Transform, sourceType: string | undefined, column: string): void {
  const type = sourceType ?? 'a nested type'
  const allowed = ((): boolean => {
    if (sourceType === undefined) return false
    switch (transform.kind) {
      case 'identity':
        return true
      case 'year':
      case 'month':
      case 'day':
        return dated.has(type)
      case 'hour':
        return dated.has(type) && type !== 'date'
      case 'truncate':
        return (
          transform.width > 0 && (/^(int|long|string|binary)$/.test(type) || decimalOf(type) !== undefined)
        )
      case 'bucket':
        return transform.count > 0 && !/^(boolean|float|double)$/.test(type)
      default:
        return unreachable(transform, 'transform')
    }
  })()
  if (allowed) return
  throw new EtlError(
    'lake.invalid',
    `column ${column} of Iceberg type ${type} cannot be partitioned by ${printTransform(transform)}`,
  )
}

/** The Iceberg type of a transform's result. Source: specification, "Partition Transforms". */
export function resultType(transform: Transform | undefined, sourceType: string): string {
  switch (transform?.kind) {
    case 'bucket':
    case 'year':
    case 'month':
    case 'hour':
    case 'day':
      return 'int'
    default:
      return sourceType
  }
}

/** Applies a transform to a value of the source type. */
export function applyTransform(transform: Transform, sourceType: string, value: Value): Value {
  switch (transform.kind) {
    case 'identity':
      return value
    case 'bucket':
      return BigInt((murmur3(hashInput(sourceType, value)) & 0x7fffffff) % transform.count)
    case 'truncate':
      return truncate(value, sourceType, transform.width)
    case 'hour':
      return floorDivide(value as bigint, 3_600_000_000n)
    case 'day':
      return days(sourceType, value as bigint)
    case 'month':
    case 'year':
      return monthOrYear(transform.kind, days(sourceType, value as bigint))
    default:
      return unreachable(transform, 'transform')
  }
}

function days(sourceType: string, value: bigint): bigint {
  return sourceType === 'date' ? value : floorDivide(value, 86_400_000_000n)
}

function monthOrYear(kind: 'month' | 'year', day: bigint): bigint {
  const at = new Date(Number(day) * 86_400_000)
  const years = at.getUTCFullYear() - 1970
  return BigInt(kind === 'year' ? years : years * 12 + at.getUTCMonth())
}

function truncate(value: Value, sourceType: string, width: number): Value {
  if (typeof value === 'bigint') {
    const step = BigInt(width)
    return floorDivide(value, step) * step
  }
  if (!Buffer.isBuffer(value)) return value
  if (sourceType !== 'string') return value.subarray(0, width)
  return Buffer.from(Array.from(value.toString('utf8')).slice(0, width).join(''))
}

function hashInput(type: string, value: Value): Uint8Array {
  if (Buffer.isBuffer(value)) return value
  if (decimalOf(type) !== undefined) return twosComplement(value as bigint)
  const bytes = Buffer.alloc(8)
  bytes.writeBigInt64LE(BigInt(value as bigint))
  return bytes
}

/** Whether a transform keeps the order of its input (equal or greater in, equal or greater out). */
export function keepsOrder(transform: Transform): boolean {
  return transform.kind !== 'bucket'
}
