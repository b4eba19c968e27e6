import type { Field } from '../../plan/type.ts'

/** Rows of one column in the making: values one after the other, and a bit for each row that has one. */
export interface Chunk {
  readonly field: Field
  values: Buffer
  /** The same bytes, for numbers: half as costly as the buffer's own methods. */
  view: DataView
  /** Bytes of `values` that are taken. */
  at: number
  /** The same before the last row. */
  before: number
  rows: number
  nulls: number
  readonly present: Uint8Array
}

/**
 * Reads the text of one value, bytes `from` to `to` (exclusive), into a chunk. False, and nothing is taken, where the text
 * is not plainly a value of the type: whether it is one, the engine's readers judge.
 */
export type Take = (chunk: Chunk, bytes: Uint8Array, from: number, to: number) => boolean

/** The most rows of a chunk; the size of row groups that DuckDB writes. */
export const chunkRows = 122_880

const leastBytes = 64 * 1024

const viewOf = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length)

/** An empty chunk. */
export function newChunk(field: Field): Chunk {
  const values = Buffer.allocUnsafe(leastBytes)
  const present = new Uint8Array(chunkRows / 8)
  return { field, values, view: viewOf(values), at: 0, before: 0, rows: 0, nulls: 0, present }
}

function replace(chunk: Chunk, bytes: number): void {
  chunk.values = Buffer.allocUnsafe(bytes)
  chunk.view = viewOf(chunk.values)
}

function grow(chunk: Chunk, bytes: number): void {
  const { values, at } = chunk
  replace(chunk, Math.max(2 * values.length, at + bytes))
  values.copy(chunk.values, 0, 0, at)
}

/** Makes room for a value's bytes. */
export function reserve(chunk: Chunk, bytes: number): Buffer {
  if (chunk.at + bytes > chunk.values.length) grow(chunk, bytes)
  return chunk.values
}

/** Makes room for a value's bytes, to be written as numbers. */
export function reserveView(chunk: Chunk, bytes: number): DataView {
  if (chunk.at + bytes > chunk.values.length) grow(chunk, bytes)
  return chunk.view
}

/** Ends a row with the bytes that were written behind `at`. */
export function addValue(chunk: Chunk, bytes: number): void {
  chunk.before = chunk.at
  chunk.at += bytes
  const index = chunk.rows >> 3
  chunk.present[index] = (chunk.present[index] ?? 0) | (1 << (chunk.rows & 7))
  chunk.rows++
}

/** Ends a row without a value; false, and nothing is done, where the column must have one. */
export function addNull(chunk: Chunk): boolean {
  if (!chunk.field.nullable) return false
  chunk.before = chunk.at
  chunk.rows++
  chunk.nulls++
  return true
}

/** Forgets the last row; only one can be forgotten. */
export function dropLast(chunk: Chunk): void {
  chunk.rows--
  const [index, bit] = [chunk.rows >> 3, 1 << (chunk.rows & 7)]
  if (((chunk.present[index] ?? 0) & bit) === 0) chunk.nulls--
  chunk.present[index] = (chunk.present[index] ?? 0) & ~bit
  chunk.at = chunk.before
}

/** Empties a chunk; buffers that an unusual row made large are given back. */
export function clear(chunk: Chunk): void {
  if (chunk.values.length > 16 * 2 ** 20) replace(chunk, leastBytes)
  chunk.at = 0
  chunk.before = 0
  chunk.rows = 0
  chunk.nulls = 0
  chunk.present.fill(0)
}
