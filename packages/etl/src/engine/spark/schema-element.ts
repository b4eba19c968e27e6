import { EtlError } from '../../base/errors.ts'

/** Types of Thrift's compact protocol that a schema element is made of. */
const code = { true: 1, false: 2, byte: 3, i16: 4, i32: 5, i64: 6, double: 7, binary: 8, list: 9, struct: 12 }

/** A field of a struct as it lies in bytes. */
interface Part {
  readonly type: number
  readonly value: Uint8Array
}

/** A schema element of a Parquet footer: its fields by number. */
export type SchemaElement = ReadonlyMap<number, Part>

/** Where the schema lies in the bytes of a footer, and its elements. */
export interface FooterSchema {
  readonly start: number
  /** Exclusive. */
  readonly end: number
  readonly elements: readonly SchemaElement[]
}

/** Reads values of Thrift's compact protocol one after another. */
function cursorOn(bytes: Buffer) {
  let at = 0
  const byte = (): number => {
    const value = bytes[at++]
    if (value === undefined) throw new EtlError('lake.corrupt', 'a Parquet footer is cut off')
    return value
  }
  const varint = (): number => {
    let [result, scale, last] = [0, 1, 128]
    for (; last >= 128; scale *= 128) {
      last = byte()
      result += (last & 127) * scale
    }
    return result
  }
  const listHead = (): { readonly size: number; readonly type: number } => {
    const head = byte()
    return { size: head >> 4 === 15 ? varint() : head >> 4, type: head & 15 }
  }
  const struct = (): SchemaElement => {
    const parts = new Map<number, Part>()
    for (let [id, head] = [0, byte()]; head !== 0; head = byte()) {
      id = head >> 4 === 0 ? unzigzag(varint()) : id + (head >> 4)
      const start = at
      skip(head & 15, false)
      parts.set(id, { type: head & 15, value: bytes.subarray(start, at) })
    }
    return parts
  }
  const skip = (type: number, isElement: boolean): void => {
    if (type === code.true || type === code.false) at += isElement ? 1 : 0
    else if (type === code.byte) at += 1
    else if (type >= code.i16 && type <= code.i64) varint()
    else if (type === code.double) at += 8
    else if (type === code.binary) {
      const length = varint()
      at += length
    } else if (type === code.struct) struct()
    else if (type === code.list || type === code.list + 1) {
      const head = listHead()
      for (let i = 0; i < head.size; i++) skip(head.type, true)
    } else throw new EtlError('lake.corrupt', `a Parquet footer holds a value of the unknown type ${type}`)
  }
  return { byte, varint, listHead, struct, skip, place: () => at }
}

const unzigzag = (n: number): number => (n % 2 === 0 ? n / 2 : -(n + 1) / 2)

function varintOf(value: number): number[] {
  const bytes: number[] = []
  let left = value
  for (; left >= 128; left = Math.floor(left / 128)) bytes.push((left % 128) | 128)
  return [...bytes, left]
}

/**
 * Finds the schema in the bytes of a footer, a FileMetaData of Thrift's compact protocol. Fails with `lake.corrupt` when
 * they are no such thing. Source: apache/parquet-format, parquet.thrift, FileMetaData field 2.
 */
export function readSchema(footer: Buffer): FooterSchema {
  const cursor = cursorOn(footer)
  for (let [id, head] = [0, cursor.byte()]; head !== 0; head = cursor.byte()) {
    id = head >> 4 === 0 ? unzigzag(cursor.varint()) : id + (head >> 4)
    if (id !== 2) {
      cursor.skip(head & 15, false)
      continue
    }
    const start = cursor.place()
    const { size } = cursor.listHead()
    const elements = Array.from({ length: size }, cursor.struct)
    return { start, end: cursor.place(), elements }
  }
  throw new EtlError('lake.corrupt', 'a Parquet footer has no schema')
}

/** The bytes of a footer with other schema elements; all else stays as it is. */
export function replaceSchema(
  footer: Buffer,
  { start, end }: FooterSchema,
  elements: readonly SchemaElement[],
): Buffer {
  const size = elements.length
  const head = size < 15 ? [(size << 4) | code.struct] : [0xf0 | code.struct, ...varintOf(size)]
  const parts = [footer.subarray(0, start), Buffer.from(head), ...elements.map(bytesOf)]
  return Buffer.concat([...parts, footer.subarray(end)])
}

function bytesOf(element: SchemaElement): Buffer {
  const parts: Uint8Array[] = []
  let before = 0
  for (const [id, { type, value }] of [...element].toSorted(([a], [b]) => a - b)) {
    parts.push(Buffer.from([((id - before) << 4) | type]), value)
    before = id
  }
  return Buffer.concat([...parts, Buffer.from([0])])
}

/** The name of an element. */
export function nameOf(element: SchemaElement): string {
  const { value } = element.get(4) ?? { value: new Uint8Array([0]) }
  const lengthBytes = value.findIndex((b) => b < 128) + 1
  return Buffer.from(value.subarray(lengthBytes)).toString('utf8')
}

/** The element with a field id, which is not negative. */
export const withFieldId = (element: SchemaElement, id: number): SchemaElement =>
  new Map([...element, [9, { type: code.i32, value: Uint8Array.from(varintOf(id * 2)) }]])

// LogicalType { 7: TimeType { 1: isAdjustedToUTC = false, 2: TimeUnit { 2: MicroSeconds {} } } }
const timeOfDay: Part = {
  type: code.struct,
  value: Uint8Array.from([0x7c, 0x12, 0x1c, 0x2c, 0, 0, 0, 0]),
}

/** An element of 64-bit integers that count the microseconds of a day. */
export const asTime = (element: SchemaElement): SchemaElement => new Map([...element, [10, timeOfDay]])
