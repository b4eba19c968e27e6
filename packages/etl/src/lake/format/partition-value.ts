import type { BoundField } from './partition-spec.ts'
import { decimalOf } from './schema.ts'
import { decimalBytes, fromTwosComplement, twosComplement } from './single-value.ts'
import { parseValue, printValue } from './value.ts'
import type { Value } from './value.ts'

/** Reads a partition value as Avro decoded it into canonical text of the transform's result; NULL is null. */
export function fromPartitionValue(field: BoundField, raw: unknown): string | null {
  if (raw === null || raw === undefined) return null
  const type = field.resultType
  if (typeof raw === 'string') return raw
  if (typeof raw === 'number' && type !== 'double' && type !== 'float') return printValue(type, BigInt(raw))
  if (Buffer.isBuffer(raw) && decimalOf(type) !== undefined) return printValue(type, fromTwosComplement(raw))
  return printValue(type, raw as Value)
}

/** Converts canonical text to what Avro writes. Fails with `lake.invalid` for text that is no value of the type. */
export function toPartitionValue(field: BoundField, text: string | null): unknown {
  if (text === null || field.transform === undefined) return null
  const type = field.resultType
  if (type === 'string') return text
  const value = parseValue(type, text)
  const digits = decimalOf(type)
  if (digits !== undefined) return twosComplement(value as bigint, decimalBytes(digits.precision))
  return type === 'int' || type === 'date' ? Number(value) : value
}
