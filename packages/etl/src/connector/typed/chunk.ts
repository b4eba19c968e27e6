import type { Field } from '../../plan/type.ts'

/** Rows of one column in the making: values one after the other, and a bit for each row that has one. */
export interface Chunk {
  readonly field: Field
  values: Buffer
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

/** An empty chunk. */
export const newChunk = (field: Field): Chunk => ({
  field,
  values: Buffer.allocUnsafe(64 * 1024),
  at: 0,
  before: 0,
  rows: 0,
  nulls: 0,
  present: new Uint8Array(chunkRows / 8),
})

/** Makes room for a value's bytes. */
export function reserve(chunk: Chunk, bytes: number): Buffer {
  if (chunk.at + bytes > chunk.values.length) {
    const larger = Buffer.allocUnsafe(Math.max(2 * chunk.values.length, chunk.at + bytes))
    chunk.values.copy(larger, 0, 0, chunk.at)
    chunk.values = larger
  }
  return chunk.values
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
  if (chunk.values.length > 16 * 2 ** 20) chunk.values = Buffer.allocUnsafe(64 * 1024)
  chunk.at = 0
  chunk.before = 0
  chunk.rows = 0
  chunk.nulls = 0
  chunk.present.fill(0)
}
