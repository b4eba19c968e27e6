import { zstdCompressSync } from 'node:zlib'

/** A value of Thrift's compact protocol. */
export type Thrift =
  | { readonly kind: 'bool'; readonly value: boolean }
  | { readonly kind: 'i32' | 'i64'; readonly value: number | bigint }
  | { readonly kind: 'bytes'; readonly value: Buffer | string }
  | { readonly kind: 'list'; readonly of: number; readonly items: readonly Thrift[] }
  | { readonly kind: 'struct'; readonly fields: readonly (readonly [id: number, value: Thrift])[] }

export const i32 = (value: number): Thrift => ({ kind: 'i32', value })
export const i64 = (value: number | bigint): Thrift => ({ kind: 'i64', value })
export const binary = (value: Buffer | string): Thrift => ({ kind: 'bytes', value })
export const struct = (...fields: readonly (readonly [number, Thrift])[]): Thrift => ({
  kind: 'struct',
  fields,
})
export const structs = (items: readonly Thrift[]): Thrift => ({ kind: 'list', of: 12, items })
export const numbers = (...items: readonly number[]): Thrift => ({
  kind: 'list',
  of: 5,
  items: items.map(i32),
})
export const texts = (...items: readonly string[]): Thrift => ({
  kind: 'list',
  of: 8,
  items: items.map(binary),
})

/** An unsigned number in groups of seven bits, the lowest first. */
export function varint(value: number | bigint): Buffer {
  const out: number[] = []
  let rest = BigInt(value)
  for (; rest > 127n; rest >>= 7n) out.push(Number(rest & 127n) | 128)
  return Buffer.from([...out, Number(rest)])
}

const zigzag = (value: number | bigint): Buffer =>
  varint(BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n)))

const codes = { i32: 5, i64: 6, bytes: 8, list: 9, struct: 12 } as const

/** Encodes a value without its field header. */
export function encode(value: Thrift): Buffer {
  switch (value.kind) {
    case 'bool':
      return Buffer.from([value.value ? 1 : 2])
    case 'i32':
    case 'i64':
      return zigzag(value.value)
    case 'bytes': {
      const bytes = Buffer.from(value.value)
      return Buffer.concat([varint(bytes.length), bytes])
    }
    case 'list': {
      const { length } = value.items
      const head =
        length < 15
          ? [Buffer.from([(length << 4) | value.of])]
          : [Buffer.from([0xf0 | value.of]), varint(length)]
      return Buffer.concat([...head, ...value.items.map(encode)])
    }
    case 'struct':
      return Buffer.concat([...encodeFields(value.fields), Buffer.from([0])])
  }
}

function encodeFields(fields: readonly (readonly [number, Thrift])[]): Buffer[] {
  let last = 0
  return fields.map(([id, value]) => {
    const code = value.kind === 'bool' ? (value.value ? 1 : 2) : codes[value.kind]
    const delta = id - last
    last = id
    return Buffer.concat([
      Buffer.from([(delta << 4) | code]),
      ...(value.kind === 'bool' ? [] : [encode(value)]),
    ])
  })
}

/** A page; sizes and counts are what its header claims. */
export interface CraftedPage {
  readonly kind: 'data' | 'dictionary'
  readonly values: number
  readonly body: Buffer
  /** 0 plain, 8 dictionary. */
  readonly encoding?: number
  readonly claimedBytes?: number
}

/** A column of one row group. */
export interface CraftedColumn {
  /** The schema element: type (0 bool, 1 int32, 2 int64, 6 bytes, 7 fixed) and whatever else its fields say. */
  readonly element: readonly (readonly [number, Thrift])[]
  readonly name: string
  /** 0 none, 6 zstd. */
  readonly codec?: 0 | 6
  readonly pages: readonly CraftedPage[]
  readonly type: number
}

function encodePage(page: CraftedPage, codec: 0 | 6): Buffer {
  const body = codec === 6 ? zstdCompressSync(page.body) : page.body
  const encoding = i32(page.encoding ?? 0)
  const header = struct(
    [1, i32(page.kind === 'data' ? 0 : 2)],
    [2, i32(page.claimedBytes ?? page.body.length)],
    [3, i32(body.length)],
    page.kind === 'data'
      ? [5, struct([1, i32(page.values)], [2, encoding], [3, i32(3)], [4, i32(3)])]
      : [7, struct([1, i32(page.values)], [2, encoding])],
  )
  return Buffer.concat([encode(header), body])
}

/** The element of a required leaf column. */
export const leaf = (
  name: string,
  type: number,
  ...more: readonly (readonly [number, Thrift])[]
): readonly (readonly [number, Thrift])[] => [
  [1, i32(type)],
  ...more.filter(([id]) => id < 3),
  [3, i32(0)],
  [4, binary(name)],
  ...more.filter(([id]) => id > 4),
]

/** Frames a footer as the end of a file whose data stand before it. */
export function withFooter(data: Buffer, footer: Thrift): Buffer {
  const bytes = encode(footer)
  const length = Buffer.alloc(4)
  length.writeUInt32LE(bytes.length)
  return Buffer.concat([data, bytes, length, Buffer.from('PAR1')])
}

/** Writes a Parquet file of one row group, byte by byte, so that it can say what no writer would. */
export function craftParquet(rows: number, columns: readonly CraftedColumn[]): Buffer {
  const parts: Buffer[] = [Buffer.from('PAR1')]
  let offset = 4
  const chunks = columns.map((column) => {
    const codec = column.codec ?? 0
    const pages = column.pages.map((p) => encodePage(p, codec))
    const start = offset
    const dictionary = column.pages[0]?.kind === 'dictionary' ? (pages[0]?.length ?? 0) : 0
    parts.push(...pages)
    offset += pages.reduce((sum, p) => sum + p.length, 0)
    const raw = column.pages.reduce((sum, p) => sum + p.body.length, 0)
    const meta = struct(
      [1, i32(column.type)],
      [2, numbers(0, 3, 8)],
      [3, texts(column.name)],
      [4, i32(codec)],
      [5, i64(rows)],
      [6, i64(raw)],
      [7, i64(offset - start)],
      [9, i64(start + dictionary)],
      ...(dictionary > 0 ? [[11, i64(start)] as const] : []),
    )
    return struct([2, i64(start)], [3, meta])
  })
  const root = struct([4, binary('schema')], [5, i32(columns.length)])
  const footer = struct(
    [1, i32(1)],
    [2, structs([root, ...columns.map((c) => struct(...c.element))])],
    [3, i64(rows)],
    [4, structs([struct([1, structs(chunks)], [2, i64(offset)], [3, i64(rows)])])],
  )
  return withFooter(Buffer.concat(parts), footer)
}
