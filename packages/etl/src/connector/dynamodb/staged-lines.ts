import { closeSync, fstatSync, openSync, writeSync } from 'node:fs'
import type { ResolvedFile } from '../../plan/source.ts'

const mostBufferedBytes = 4 * 2 ** 20

/** Writes staged records that are lines of JSON. Writes block: whoever reads from a service meanwhile is held back. */
export interface StagedLines extends Disposable {
  readonly records: number
  add(line: string): void
  /** Writes out what is left; undefined where there was no record. */
  finish(): ResolvedFile | undefined
}

/** Opens a staging file of lines. */
export function openStagedLines(path: string): StagedLines {
  const file = openSync(path, 'wx')
  let waiting: string[] = []
  let characters = 0
  let records = 0
  let isOpen = true
  const flush = (): void => {
    const bytes = Buffer.from(waiting.join(''))
    for (let from = 0; from < bytes.length;) from += writeSync(file, bytes, from)
    waiting = []
    characters = 0
  }
  const close = (): void => {
    if (isOpen) closeSync(file)
    isOpen = false
  }
  return {
    get records() {
      return records
    },
    add(line) {
      waiting.push(line, '\n')
      characters += line.length
      records++
      if (characters > mostBufferedBytes) flush()
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
