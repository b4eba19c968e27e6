import { type ByteCursor, byteCursor } from './byte-cursor.ts'
import { columnTypes as t, metadataBytes } from './column-type.ts'
import type { LogEvent } from './event.ts'

/** A column as the log describes it at one moment. What only full metadata tells is absent without it. */
export interface LogColumn {
  readonly type: number
  /** By type: the greatest length, the digits of a fraction, precision and scale, bytes. */
  readonly meta: number
  readonly name?: string
  readonly isUnsigned?: boolean
  /** Number of the collation; 63 is binary. */
  readonly collation?: number
  /** Labels of an enum or a set, in the column's own character set. */
  readonly labels?: readonly Buffer[]
}

/** The structure of a table that the rows after it have. */
export interface TableMap {
  readonly columns: readonly LogColumn[]
  /** Columns of the primary key by number; absent without full metadata, or without a key. */
  readonly key?: readonly number[]
  readonly hasNames: boolean
}

/** Which table an event describes, before its columns are looked at. */
export interface TableMapHead {
  readonly id: number
  readonly database: string
  readonly table: string
  /** Where the description of the columns begins. */
  readonly at: number
}

/** Reads which table a table map is of. */
export function readTableMapHead({ buffer, at, end }: LogEvent): TableMapHead {
  const cursor = byteCursor(buffer, at, end)
  const id = cursor.uint(6)
  cursor.take(2)
  const database = cursor.take(cursor.u8()).toString()
  cursor.take(1)
  const table = cursor.take(cursor.u8()).toString()
  cursor.take(1)
  return { id, database, table, at: cursor.at }
}

type Draft = { -readonly [K in keyof LogColumn]: LogColumn[K] }

/** Reads the columns of a table map from `at` on. Fails with a RangeError where the event is damaged. */
export function readTableMap({ buffer, end }: LogEvent, at: number): TableMap {
  const cursor = byteCursor(buffer, at, end)
  const count = cursor.packed()
  const types = [...cursor.take(count)]
  cursor.packed()
  const columns = types.map((type): Draft => describedColumn(type, cursor))
  cursor.take((count + 7) >> 3)
  let key: readonly number[] | undefined
  while (cursor.at < end) {
    const kind = cursor.u8()
    const size = cursor.packed()
    const field = byteCursor(buffer, cursor.at, cursor.at + size)
    cursor.take(size)
    key = readField(kind, field, columns) ?? key
  }
  return {
    columns,
    hasNames: columns.every((c) => c.name !== undefined),
    ...(key === undefined ? {} : { key }),
  }
}

/** A column's type and what describes it further. Enums and sets hide behind the type of strings. */
function describedColumn(type: number, cursor: ByteCursor): Draft {
  const bytes = metadataBytes(type)
  if (bytes === 0) return { type, meta: 0 }
  if (bytes === 1) return { type, meta: cursor.u8() }
  const [first, second] = [cursor.u8(), cursor.u8()]
  if (type !== t.string) return { type, meta: first | (second << 8) }
  if (first === t.enum || first === t.set) return { type: first, meta: second }
  // Lengths beyond 255 lie, inverted, in two bits of the type: `Field_string` of the servers.
  return { type, meta: second | (((first & 0x30) ^ 0x30) << 4) }
}

const numeric = [t.tiny, t.short, t.int24, t.long, t.longlong, t.decimal, t.float, t.double, t.year]
const character = [t.varchar, t.varString, t.string, t.blob, t.blobCompressed, t.varcharCompressed]
const of = (columns: readonly Draft[], types: readonly number[]): readonly Draft[] =>
  columns.filter((c) => types.includes(c.type))

/** Reads one field of the optional metadata into the columns; gives back the key where it is that. */
function readField(
  kind: number,
  field: ByteCursor,
  columns: readonly Draft[],
): readonly number[] | undefined {
  switch (kind) {
    case 1:
      readSigns(field, of(columns, numeric))
      return undefined
    case 2:
      readDefaultCollation(field, of(columns, character))
      return undefined
    case 3:
      for (const column of of(columns, character)) column.collation = field.packed()
      return undefined
    case 4:
      for (const column of columns) column.name = field.take(field.packed()).toString()
      return undefined
    case 5:
      readLabels(field, of(columns, [t.set]))
      return undefined
    case 6:
      readLabels(field, of(columns, [t.enum]))
      return undefined
    case 8:
      return readKey(field, false)
    case 9:
      return readKey(field, true)
    case 10:
      readDefaultCollation(field, of(columns, [t.enum, t.set]))
      return undefined
    case 11:
      for (const column of of(columns, [t.enum, t.set])) column.collation = field.packed()
      return undefined
    default:
      // Types of geometries and what is visible do not bear on values.
      return undefined
  }
}

function readSigns(field: ByteCursor, columns: readonly Draft[]): void {
  const bits = field.take(field.end - field.at)
  for (const [i, column] of columns.entries())
    column.isUnsigned = ((bits[i >> 3] ?? 0) & (0x80 >> (i & 7))) !== 0
}

function readDefaultCollation(field: ByteCursor, columns: readonly Draft[]): void {
  const usual = field.packed()
  for (const column of columns) column.collation = usual
  while (field.at < field.end) {
    const column = columns[field.packed()]
    const collation = field.packed()
    if (column !== undefined) column.collation = collation
  }
}

function readLabels(field: ByteCursor, columns: readonly Draft[]): void {
  for (const column of columns) {
    const count = field.packed()
    // The buffer is used for the next event; labels stay.
    column.labels = Array.from({ length: count }, () => Buffer.from(field.take(field.packed())))
  }
}

function readKey(field: ByteCursor, hasPrefixes: boolean): readonly number[] {
  const key: number[] = []
  while (field.at < field.end) {
    key.push(field.packed())
    if (hasPrefixes) field.packed()
  }
  return key
}
