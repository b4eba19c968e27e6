import { type LogicalType } from '../../plan/type.ts'
import type { Chunk } from './chunk.ts'
import { thriftBytes, type ThriftStruct, varint } from './thrift.ts'

/** Codes of parquet.thrift. */
const physical = { boolean: 0, int32: 1, int64: 2, double: 5, bytes: 6, fixed: 7 } as const
const converted = { utf8: 0, decimal: 5, date: 6, timeMicros: 8, timestampMicros: 10 } as const
const encoding = { plain: 0, rle: 3 } as const
const uncompressed = 0
const dataPage = 0

interface Stored {
  readonly physical: number
  readonly length?: number
  readonly converted?: number
  readonly precision?: number
  readonly scale?: number
  readonly isUuid?: boolean
}

/** How a type is stored, as `storedType` says and `take.ts` writes it. */
function storedAs(type: LogicalType): Stored {
  switch (type.kind) {
    case 'bool':
      return { physical: physical.boolean }
    case 'int8':
    case 'int16':
    case 'int32':
      return { physical: physical.int32 }
    case 'int64':
      return { physical: physical.int64 }
    case 'uint64':
      return { physical: physical.fixed, length: 16, converted: converted.decimal, precision: 20, scale: 0 }
    case 'decimal': {
      const { precision, scale } = type
      const shape = { converted: converted.decimal, precision, scale }
      if (precision > 18) return { physical: physical.fixed, length: 16, ...shape }
      return { physical: precision > 9 ? physical.int64 : physical.int32, ...shape }
    }
    case 'float64':
      return { physical: physical.double }
    case 'date':
      return { physical: physical.int32, converted: converted.date }
    case 'time':
      return { physical: physical.int64, converted: converted.timeMicros }
    case 'timestamp':
      return { physical: physical.int64, converted: converted.timestampMicros }
    case 'uuid':
      return { physical: physical.fixed, length: 16, isUuid: true }
    case 'bytes':
      return { physical: physical.bytes }
    default:
      return { physical: physical.bytes, converted: converted.utf8 }
  }
}

/** A column chunk as it lies in the file. */
export interface WrittenChunk {
  readonly start: number
  readonly bytes: number
  readonly values: number
}

/** A row group as it lies in the file: its chunks, in the order of the columns. */
export interface WrittenGroup {
  readonly rows: number
  readonly chunks: readonly WrittenChunk[]
}

/** What is before a chunk's values: the header of its one page, and which rows have a value. */
export function pageHead(chunk: Chunk, valueBytes: number): Buffer {
  const levels = chunk.field.nullable ? levelBytes(chunk) : Buffer.alloc(0)
  const size = { i32: levels.length + valueBytes }
  const page: ThriftStruct = [
    [1, { i32: chunk.rows }],
    [2, { i32: encoding.plain }],
    [3, { i32: encoding.rle }],
    [4, { i32: encoding.rle }],
  ]
  return Buffer.concat([
    thriftBytes([
      [1, { i32: dataPage }],
      [2, size],
      [3, size],
      [5, { struct: page }],
    ]),
    levels,
  ])
}

/** Definition levels of one bit, behind their length. Source: Parquet, "Run Length Encoding / Bit-Packing Hybrid". */
function levelBytes({ rows, nulls, present }: Chunk): Buffer {
  const head: number[] = []
  const groups = Math.ceil(rows / 8)
  if (nulls === 0) {
    varint(rows * 2, head)
    head.push(1)
  } else varint(groups * 2 + 1, head)
  const bits = nulls === 0 ? [] : present.subarray(0, groups)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(head.length + bits.length)
  return Buffer.concat([length, Buffer.from(head), Buffer.from(bits)])
}

/** A chunk's values as they are stored. */
export function valuesOf({ field, values, at }: Chunk): Buffer {
  if (field.type.kind !== 'bool') return values.subarray(0, at)
  const bits = Buffer.alloc(Math.ceil(at / 8))
  for (let i = 0; i < at; i++) bits[i >> 3] = (bits[i >> 3] ?? 0) | ((values[i] ?? 0) << (i & 7))
  return bits
}

/** The end of a file: its footer, the footer's length, and the magic number. Column `i` has the field id `i + 1`. */
export function footerBytes(columns: readonly Chunk[], groups: readonly WrittenGroup[]): Buffer {
  const rows = groups.reduce((sum, g) => sum + g.rows, 0)
  const footer = thriftBytes([
    [1, { i32: 1 }],
    [2, { structs: [rootElement(columns.length), ...columns.map(schemaElement)] }],
    [3, { i64: rows }],
    [4, { structs: groups.map((g) => rowGroup(columns, g)) }],
    [6, { text: 'securecart' }],
  ])
  const end = Buffer.alloc(8)
  end.writeUInt32LE(footer.length)
  end.write('PAR1', 4, 'latin1')
  return Buffer.concat([footer, end])
}

const rootElement = (count: number): ThriftStruct => [
  [4, { text: 'rows' }],
  [5, { i32: count }],
]

const optional = (value: number | undefined): { readonly i32: number } | undefined =>
  value === undefined ? undefined : { i32: value }

function schemaElement({ field }: Chunk, index: number): ThriftStruct {
  const stored = storedAs(field.type)
  return [
    [1, { i32: stored.physical }],
    [2, optional(stored.length)],
    [3, { i32: field.nullable ? 1 : 0 }],
    [4, { text: `c${index}` }],
    [6, optional(stored.converted)],
    [7, optional(stored.scale)],
    [8, optional(stored.precision)],
    [9, { i32: index + 1 }],
    // The union LogicalType with its member UUID, which has no fields.
    [10, stored.isUuid === true ? { struct: [[14, { struct: [] }]] } : undefined],
  ]
}

function rowGroup(columns: readonly Chunk[], group: WrittenGroup): ThriftStruct {
  const total = group.chunks.reduce((sum, c) => sum + c.bytes, 0)
  const chunks = group.chunks.map((c, i): ThriftStruct => {
    const field = columns[i]?.field
    const meta: ThriftStruct = [
      [1, { i32: field === undefined ? 0 : storedAs(field.type).physical }],
      [2, { i32s: [encoding.plain, encoding.rle] }],
      [3, { texts: [`c${i}`] }],
      [4, { i32: uncompressed }],
      [5, { i64: c.values }],
      [6, { i64: c.bytes }],
      [7, { i64: c.bytes }],
      [9, { i64: c.start }],
    ]
    return [
      [2, { i64: c.start }],
      [3, { struct: meta }],
    ]
  })
  return [
    [1, { structs: chunks }],
    [2, { i64: total }],
    [3, { i64: group.rows }],
  ]
}
