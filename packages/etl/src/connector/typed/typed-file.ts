import { closeSync, openSync, writeSync } from 'node:fs'
import type { LakeFile } from '../../engine/contract.ts'
import type { SourceColumn } from '../../plan/source.ts'
import type { Schema } from '../../plan/type.ts'
import { addNull, type Chunk, chunkRows, clear, dropLast, newChunk, type Take } from './chunk.ts'
import { footerBytes, pageHead, valuesOf, type WrittenChunk, type WrittenGroup } from './parquet.ts'
import { takeOf } from './take.ts'

/** Bytes of values that are kept in memory before they are written. */
const groupBytes = 24 * 2 ** 20
const longValue = 64 * 2 ** 10

/**
 * Writes rows as a Parquet file of the declared types, from the texts of their values: field `i` of the schema has the
 * field id `i + 1`. The values of a row are given from left to right. As soon as one is not taken, the row is taken back
 * by `dropRow`, and is to be given to another reader as text. Writes block: whoever reads from a service meanwhile is
 * thereby held back.
 */
export interface TypedFile extends Disposable {
  readonly records: number
  /** Takes the text of a value: bytes `from` to `to` (exclusive). False where it is not plainly one of the column's type. */
  value(column: number, bytes: Uint8Array, from: number, to: number): boolean
  /** Takes NULL; false where the column is required. */
  null(column: number): boolean
  endRow(): void
  /** Takes back the values of a row that was begun: those of the columns before `columns`. */
  dropRow(columns: number): void
  /** Writes out what is left; undefined where there was no row. */
  finish(): LakeFile | undefined
}

/** Opens a file for rows of a schema, read as `columns` say; undefined where it has a type that has no plain text. */
export function openTypedFile(
  path: string,
  schema: Schema,
  columns: readonly SourceColumn[],
): TypedFile | undefined {
  const takes = schema.map((field, i) =>
    takeOf(field.type, columns[i] ?? { name: field.name, from: field.name }),
  )
  if (!takes.every((take) => take !== undefined)) return undefined
  return openFile(path, schema.map(newChunk), takes)
}

function openFile(path: string, chunks: readonly Chunk[], takes: readonly Take[]): TypedFile {
  const file = openSync(path, 'wx')
  const groups: WrittenGroup[] = []
  let at = 0
  let rows = 0
  let flushed = 0
  /** A long value was taken: the sizes are to be looked at before the next ones. */
  let isDue = false
  let isOpen = true
  const write = (bytes: Uint8Array): void => {
    for (let from = 0; from < bytes.length;) from += writeSync(file, bytes, from)
    at += bytes.length
  }
  const writeChunk = (chunk: Chunk): WrittenChunk => {
    const start = at
    const values = valuesOf(chunk)
    write(pageHead(chunk, values.length))
    write(values)
    return { start, bytes: at - start, values: chunk.rows }
  }
  const flush = (): void => {
    if (rows === flushed) return
    groups.push({ rows: rows - flushed, chunks: chunks.map(writeChunk) })
    for (const chunk of chunks) clear(chunk)
    flushed = rows
  }
  const isFull = (): boolean => {
    if (rows - flushed === chunkRows) return true
    if (!isDue && (rows & 255) !== 0) return false
    isDue = false
    return chunks.reduce((sum, c) => sum + c.at, 0) >= groupBytes
  }
  const close = (): void => {
    if (isOpen) closeSync(file)
    isOpen = false
  }
  write(Buffer.from('PAR1', 'latin1'))
  return {
    get records() {
      return rows
    },
    value: (column, bytes, from, to) => {
      const take = takes[column]
      const chunk = chunks[column]
      if (to - from > longValue) isDue = true
      return take !== undefined && chunk !== undefined && take(chunk, bytes, from, to)
    },
    null: (column) => {
      const chunk = chunks[column]
      return chunk !== undefined && addNull(chunk)
    },
    endRow: () => {
      rows++
      if (isFull()) flush()
    },
    dropRow: (columns) => {
      for (let i = 0; i < columns; i++) dropLast(chunks[i] as Chunk)
    },
    finish: () => {
      flush()
      write(footerBytes(chunks, groups))
      close()
      return rows === 0 ? undefined : { path, rows, bytes: at }
    },
    [Symbol.dispose]: close,
  }
}
