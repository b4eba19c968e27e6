import type { Batch, DataType } from '@uwdata/flechette'
import { EtlError } from '../../../base/errors.ts'
import { type LogicalType, typeName } from '../../../plan/type.ts'
import { dateText, decimalText, timeText, timestampText } from '../../canonical-text.ts'

/** A batch of one column as its raw buffers; no conversion of the reader, which would round, is used. */
type Raw = Batch<unknown> & { readonly values: never; readonly children: readonly Raw[] }
type ArrowType = DataType & { readonly typeId: number; readonly unit?: number; readonly bitWidth?: number }

const isSet = (bits: Uint8Array, index: number): boolean =>
  ((bits[index >> 3] ?? 0) & (1 << (index & 7))) !== 0

function fill(raw: Raw, value: (index: number) => unknown): unknown[] {
  const validity = raw.nullCount > 0 ? (raw.validity as Uint8Array) : undefined
  const values = Array.from<unknown>({ length: raw.length })
  for (let i = 0; i < raw.length; i++) {
    values[i] = validity !== undefined && !isSet(validity, i) ? null : value(i)
  }
  return values
}

function decimals(raw: Raw, scale: number): unknown[] {
  const words = raw.values as BigUint64Array
  return fill(raw, (i) => {
    const unscaled = ((words[2 * i + 1] ?? 0n) << 64n) | (words[2 * i] ?? 0n)
    return decimalText(BigInt.asIntN(128, unscaled), scale)
  })
}

function offsetsOf(raw: Raw): (index: number) => number {
  const offsets = raw.offsets as Int32Array | BigInt64Array
  return (index) => Number(offsets[index] ?? 0)
}

function bytes(raw: Raw, encoding: 'utf8' | 'hex'): unknown[] {
  const all = raw.values as Uint8Array
  const data = Buffer.from(all.buffer, all.byteOffset, all.byteLength)
  const at = offsetsOf(raw)
  return fill(raw, (i) => data.toString(encoding, at(i), at(i + 1)))
}

function timestamps(raw: Raw, unit: number | undefined): unknown[] {
  const moments = raw.values as BigInt64Array
  // Spark sends microseconds; another unit would change every value.
  if (unit !== 2) throw misfit(raw, { kind: 'timestamp' })
  return fill(raw, (i) => timestampText(moments[i] ?? 0n))
}

function times(raw: Raw, unit: number | undefined): unknown[] {
  const moments = raw.values as BigInt64Array
  if (unit !== 2 && unit !== 3) throw misfit(raw, { kind: 'time' })
  const perMicro = unit === 3 ? 1000n : 1n
  return fill(raw, (i) => timeText((moments[i] ?? 0n) / perMicro))
}

function misfit(raw: Raw, type: LogicalType): EtlError {
  const found = `Arrow type ${(raw.type as ArrowType).typeId}`
  return new EtlError('bug.unreachable', `Spark gave ${found} where ${typeName(type)} was promised`)
}

function lists(raw: Raw, type: LogicalType & { kind: 'list' }): unknown[] {
  const [child] = raw.children
  if (child === undefined) throw misfit(raw, type)
  const items = columnValues(child, type.element)
  const at = offsetsOf(raw)
  return fill(raw, (i) => items.slice(at(i), at(i + 1)))
}

function maps(raw: Raw, type: LogicalType & { kind: 'map' }): unknown[] {
  const [key, value] = raw.children[0]?.children ?? []
  if (key === undefined || value === undefined) throw misfit(raw, type)
  const keys = columnValues(key, type.key)
  const values = columnValues(value, type.value)
  const at = offsetsOf(raw)
  return fill(raw, (i) =>
    Array.from({ length: at(i + 1) - at(i) }, (_, n) => [keys[at(i) + n], values[at(i) + n]]),
  )
}

function structs(raw: Raw, type: LogicalType & { kind: 'struct' }): unknown[] {
  const members = type.fields.map((field, n) => {
    const child = raw.children[n]
    if (child === undefined) throw misfit(raw, type)
    return [field.name, columnValues(child, field.type)] as const
  })
  return fill(raw, (i) => Object.fromEntries(members.map(([name, values]) => [name, values[i]])))
}

/**
 * Reads one column of an Arrow batch in canonical form, exact to the last digit and microsecond (see `LiteralValue`).
 * `type` is what `logicalType` says of the column. Fails with `bug.unreachable` when the batch is of another type.
 */
export function columnValues(batch: Batch<unknown>, type: LogicalType): unknown[] {
  const raw = batch as Raw
  const { unit } = raw.type as ArrowType
  switch (type.kind) {
    case 'bool':
      return fill(raw, (i) => isSet(raw.values as Uint8Array, i))
    case 'decimal':
      return decimals(raw, type.scale)
    case 'text':
    case 'json':
    case 'uuid':
      // A column of nothing but untyped NULLs has no buffers.
      return raw.offsets === undefined ? Array.from({ length: raw.length }, () => null) : bytes(raw, 'utf8')
    case 'bytes':
      return bytes(raw, 'hex')
    case 'date':
      return fill(raw, (i) => dateText((raw.values as Int32Array)[i] ?? 0))
    case 'timestamp':
      return timestamps(raw, unit)
    case 'time':
      return times(raw, unit)
    case 'list':
      return lists(raw, type)
    case 'map':
      return maps(raw, type)
    case 'struct':
      return structs(raw, type)
    default:
      return fill(raw, (i) => String((raw.values as Int32Array)[i]))
  }
}
