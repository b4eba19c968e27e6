/** A value of Thrift's compact protocol. Source: Apache Thrift, "Thrift Compact protocol encoding". */
export type ThriftValue =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly text: string }
  | { readonly struct: ThriftStruct }
  | { readonly i32s: readonly number[] }
  | { readonly texts: readonly string[] }
  | { readonly structs: readonly ThriftStruct[] }

/** Fields by their ids, in ascending order; those that are undefined are left out. */
export type ThriftStruct = readonly (readonly [id: number, value: ThriftValue | undefined])[]

const code = { i32: 5, i64: 6, text: 8, list: 9, struct: 12 } as const

/** Writes a struct. Field ids are at most 15 apart. */
export function thriftBytes(struct: ThriftStruct): Buffer {
  const bytes: number[] = []
  writeStruct(struct, bytes)
  return Buffer.from(bytes)
}

function writeStruct(struct: ThriftStruct, bytes: number[]): void {
  let last = 0
  for (const [id, value] of struct) {
    if (value === undefined) continue
    bytes.push(((id - last) << 4) | codeOf(value))
    writeValue(value, bytes)
    last = id
  }
  bytes.push(0)
}

function codeOf(value: ThriftValue): number {
  if ('i32' in value) return code.i32
  if ('i64' in value) return code.i64
  if ('text' in value) return code.text
  return 'struct' in value ? code.struct : code.list
}

function writeValue(value: ThriftValue, bytes: number[]): void {
  if ('i32' in value) zigzag(value.i32, bytes)
  else if ('i64' in value) zigzag(value.i64, bytes)
  else if ('text' in value) writeText(value.text, bytes)
  else if ('struct' in value) writeStruct(value.struct, bytes)
  else if ('i32s' in value) writeList(code.i32, value.i32s, (n) => zigzag(n, bytes), bytes)
  else if ('texts' in value) writeList(code.text, value.texts, (t) => writeText(t, bytes), bytes)
  else writeList(code.struct, value.structs, (s) => writeStruct(s, bytes), bytes)
}

function writeList<T>(type: number, list: readonly T[], write: (item: T) => void, bytes: number[]): void {
  if (list.length < 15) bytes.push((list.length << 4) | type)
  else {
    bytes.push(0xf0 | type)
    varint(list.length, bytes)
  }
  for (const item of list) write(item)
}

function writeText(text: string, bytes: number[]): void {
  const utf8 = Buffer.from(text)
  varint(utf8.length, bytes)
  for (const byte of utf8) bytes.push(byte)
}

/** Whole numbers up to 2^52 in size. */
const zigzag = (value: number, bytes: number[]): void => varint(value < 0 ? -2 * value - 1 : 2 * value, bytes)

/** Appends an unsigned number in groups of seven bits. */
export function varint(value: number, bytes: number[]): void {
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  bytes.push(rest)
}
