import { closeSync, fstatSync, ftruncateSync, openSync, writeSync } from 'node:fs'
import type { ResolvedFile } from '../../plan/source.ts'

const bufferBytes = 2 ** 20
const newline = 10

/** A staging file of JSON records, one on a line, that can go back to an earlier state. Writes block. */
export interface RecordFile extends Disposable {
  readonly records: number
  append(record: Buffer): void
  /** The state now, to go back to. */
  mark(): RecordMark
  goBack(mark: RecordMark): void
  /** Writes out what is left; undefined where there are no records. */
  finish(): ResolvedFile | undefined
}

export interface RecordMark {
  readonly bytes: number
  readonly records: number
}

/** Opens a staging file of records. */
export function openRecordFile(path: string): RecordFile {
  const file = openSync(path, 'wx')
  const buffer = Buffer.allocUnsafe(bufferBytes)
  let at = 0
  let written = 0
  let records = 0
  let isOpen = true

  const write = (bytes: Uint8Array): void => {
    for (let from = 0; from < bytes.length;)
      from += writeSync(file, bytes, from, bytes.length - from, written + from)
    written += bytes.length
  }
  const flush = (): void => {
    write(buffer.subarray(0, at))
    at = 0
  }
  const close = (): void => {
    if (isOpen) closeSync(file)
    isOpen = false
  }
  return {
    get records() {
      return records
    },
    append(record) {
      if (at + record.length + 1 > bufferBytes) flush()
      if (record.length + 1 > bufferBytes) {
        write(record)
        buffer[at++] = newline
      } else {
        at += record.copy(buffer, at)
        buffer[at++] = newline
      }
      records += 1
    },
    mark: () => ({ bytes: written + at, records }),
    goBack(mark) {
      if (mark.bytes >= written) at = mark.bytes - written
      else {
        ftruncateSync(file, mark.bytes)
        written = mark.bytes
        at = 0
      }
      records = mark.records
    },
    finish() {
      flush()
      const { size, mtimeMs } = fstatSync(file)
      close()
      return records === 0 ? undefined : { path, size, mtimeMs }
    },
    [Symbol.dispose]: close,
  }
}
