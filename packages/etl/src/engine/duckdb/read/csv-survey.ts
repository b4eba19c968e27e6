import { isUtf8 } from 'node:buffer'
import { open } from 'node:fs/promises'
import type { CsvSyntax } from './csv-record.ts'

/** What a text is like as a whole, as far as it decides how it can be read. */
export interface Survey {
  /** Valid UTF-8 without NUL, one kind of line end, every quote where it belongs, no line beyond 4 MiB. */
  readonly regular: boolean
  readonly newline: '\n' | '\r\n'
  /** Some quoted field holds a line end. */
  readonly multiline: boolean
}

const chunkBytes = 4 * 2 ** 20
const irregular: Survey = { regular: false, newline: '\n', multiline: true }

interface State {
  inQuote: boolean
  multiline: boolean
  newline: '\n' | '\r\n' | undefined
}

/** Every line of the window ends in the same way as all before. */
function sameLineEnds(window: Buffer, state: State): boolean {
  const crlf = window.indexOf(13) >= 0
  state.newline ??= crlf ? '\r\n' : '\n'
  if (state.newline === '\n') return !crlf
  for (let p = 0; p < window.length; p++) {
    const c = window[p]
    if (c === 10 && window[p - 1] !== 13) return false
    if (c === 13 && window[p + 1] !== 10) return false
  }
  return true
}

function followsMark(window: Buffer, at: number, delimiter: Buffer): boolean {
  if (at === 0) return true
  const before = window[at - 1]
  if (before === 10) return true
  if (before !== delimiter[delimiter.length - 1]) return false
  return delimiter.length === 1 || window.subarray(at - delimiter.length, at).equals(delimiter)
}

function precedesMark(window: Buffer, at: number, delimiter: Buffer): boolean {
  if (at >= window.length) return true
  const next = window[at]
  if (next === 10 || next === 13) return true
  if (next !== delimiter[0]) return false
  return delimiter.length === 1 || window.subarray(at, at + delimiter.length).equals(delimiter)
}

/** Every quoted field of the window opens after and closes before a delimiter or line end; hops from quote to quote. */
function soundQuotes(window: Buffer, syntax: CsvSyntax, state: State): boolean {
  let p = 0
  let opened = 0
  let lineEnd = -1
  for (;;) {
    const at = window.indexOf(syntax.quote, p)
    if (!state.inQuote) {
      if (at < 0) return true
      // A quote inside an unquoted field is a character like any other.
      // After spaces the engine's reader takes it for an opening quote, other than RFC 4180.
      let field = at
      while (field > 0 && window[field - 1] === 32) field--
      if (followsMark(window, field, syntax.delimiter)) {
        if (field < at) return false
        state.inQuote = true
        opened = at
      }
      p = at + 1
      continue
    }
    if (at < 0) {
      state.multiline = true
      return true
    }
    if (window[at + 1] === syntax.quote) {
      p = at + 2
      continue
    }
    if (lineEnd < opened) lineEnd = window.indexOf(10, opened)
    if (lineEnd >= 0 && lineEnd < at) state.multiline = true
    if (lineEnd < 0) lineEnd = window.length
    if (!precedesMark(window, at + 1, syntax.delimiter)) return false
    state.inQuote = false
    p = at + 1
  }
}

/**
 * Looks at a text once, from byte `start`, at memory speed: whether the engine's parallel reader will read it as
 * declared. That reader guesses and loses rows where quotes are broken, line ends are mixed, or quoted fields span lines.
 */
export async function surveyCsv(path: string, start: number, syntax: CsvSyntax): Promise<Survey> {
  await using file = await open(path, 'r')
  const buffer = Buffer.allocUnsafe(chunkBytes)
  const state: State = { inQuote: false, multiline: false, newline: undefined }
  let carried = 0
  let position = start
  for (;;) {
    const { bytesRead } = await file.read(buffer, carried, buffer.length - carried, position)
    position += bytesRead
    const filled = carried + bytesRead
    if (filled === 0) break
    const last = bytesRead === 0 ? filled : buffer.subarray(0, filled).lastIndexOf(10) + 1
    if (last === 0) {
      if (filled === buffer.length) return irregular
      carried = filled
      continue
    }
    const window = buffer.subarray(0, last)
    if (!isUtf8(window) || window.includes(0) || !sameLineEnds(window, state)) return irregular
    if (syntax.quote >= 0 && !soundQuotes(window, syntax, state)) return irregular
    buffer.copyWithin(0, last, filled)
    carried = filled - last
    if (bytesRead === 0) break
  }
  if (state.inQuote) return irregular
  return { regular: true, newline: state.newline ?? '\n', multiline: state.multiline }
}
