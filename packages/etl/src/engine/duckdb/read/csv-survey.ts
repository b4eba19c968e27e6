import { isUtf8 } from 'node:buffer'
import { once } from 'node:events'
import { readSync } from 'node:fs'
import { open, stat } from 'node:fs/promises'
import { extname } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import { Worker } from 'node:worker_threads'
import type { CsvSyntax } from './csv-record.ts'

/** What a text is like as a whole, as far as it decides how it can be read. */
export interface Survey {
  /** Valid UTF-8 without NUL, one kind of line end, every quote where it belongs, no line beyond 4 MiB. */
  readonly regular: boolean
  readonly newline: '\n' | '\r\n'
  /** Some quoted field holds a line end. */
  readonly multiline: boolean
}

const longestLine = 4 * 2 ** 20
const pieceBytes = 512 * 2 ** 10
const piecesAtOnce = 32
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

/** Part of a text: from byte `start` up to byte `end` (exclusive), whole lines. */
export interface TextRange {
  readonly path: string
  readonly start: number
  readonly end: number
}

/** What a part of a text is like, taken that it does not begin inside a quoted field. */
export type RangeSurvey =
  | {
      readonly regular: true
      /** Undefined where there is no line end. */
      readonly newline: '\n' | '\r\n' | undefined
      readonly multiline: boolean
      /** It ends inside a quoted field. */
      readonly open: boolean
    }
  | { readonly regular: false }

/**
 * Looks at a part of a text once, at memory speed: read synchronously in pieces that fit the processor's cache, which
 * takes half the time of reading large ones asynchronously. Others get their turn every few milliseconds.
 */
export async function surveyRange({ path, start, end }: TextRange, syntax: CsvSyntax): Promise<RangeSurvey> {
  await using file = await open(path, 'r')
  const buffer = Buffer.allocUnsafe(longestLine)
  const state: State = { inQuote: false, multiline: false, newline: undefined }
  let carried = 0
  let position = start
  for (let piece = 1; ; piece++) {
    if (piece % piecesAtOnce === 0) await setImmediate()
    const wanted = Math.min(pieceBytes, buffer.length - carried, end - position)
    const bytesRead = readSync(file.fd, buffer, carried, wanted, position)
    position += bytesRead
    const filled = carried + bytesRead
    if (filled === 0) break
    const last = bytesRead === 0 ? filled : buffer.subarray(0, filled).lastIndexOf(10) + 1
    if (last === 0) {
      if (filled === buffer.length) return { regular: false }
      carried = filled
      continue
    }
    const window = buffer.subarray(0, last)
    if (!isUtf8(window) || window.includes(0) || !sameLineEnds(window, state)) return { regular: false }
    if (syntax.quote >= 0 && !soundQuotes(window, syntax, state)) return { regular: false }
    buffer.copyWithin(0, last, filled)
    carried = filled - last
    if (bytesRead === 0) break
  }
  return { regular: true, newline: state.newline, multiline: state.multiline, open: state.inQuote }
}

/** The byte after the first line end at or after `from`; `otherwise` when there is none near. */
async function lineAfter(path: string, from: number, otherwise: number): Promise<number> {
  await using file = await open(path, 'r')
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(2 ** 20), 0, undefined, from)
  const at = buffer.subarray(0, bytesRead).indexOf(10)
  return at < 0 ? otherwise : from + at + 1
}

/** A part smaller than this is not worth a thread of its own. */
const leastRangeBytes = 64 * 2 ** 20

async function rangesOf(
  path: string,
  start: number,
  threads: number,
  leastBytes: number,
): Promise<readonly TextRange[]> {
  const end = (await stat(path)).size
  const count = Math.max(1, Math.min(threads, Math.floor((end - start) / leastBytes)))
  const cuts = [start]
  for (let i = 1; i < count; i++) {
    const last = cuts.at(-1) ?? start
    const at = start + Math.floor(((end - start) / count) * i)
    if (at > last) cuts.push(await lineAfter(path, at, last))
  }
  const starts = [...new Set(cuts)]
  return starts.map((from, i) => ({ path, start: from, end: starts[i + 1] ?? end }))
}

/** Surveys a part in a thread of its own. */
async function surveyBeside(range: TextRange, syntax: CsvSyntax): Promise<RangeSurvey> {
  const worker = new Worker(new URL(`csv-survey-worker${extname(import.meta.filename)}`, import.meta.url), {
    workerData: { range, delimiter: syntax.delimiter.toString(), quote: syntax.quote },
  })
  try {
    const [found] = (await once(worker, 'message')) as [RangeSurvey]
    return found
  } finally {
    await worker.terminate()
  }
}

/**
 * Looks at a text once, from byte `start`, at memory speed: whether the engine's parallel reader will read it as
 * declared. That reader guesses and loses rows where quotes are broken, line ends are mixed, or quoted fields span lines.
 *
 * Large texts are divided among up to `threads` threads, in parts of at least `leastBytes`. Each takes its part to begin outside quotes; where the part
 * before ends inside one, the text is looked at again as a whole.
 */
export async function surveyCsv(
  path: string,
  start: number,
  syntax: CsvSyntax,
  threads = 1,
  leastBytes = leastRangeBytes,
): Promise<Survey> {
  const ranges = await rangesOf(path, start, threads, leastBytes)
  const [first, ...rest] = ranges
  if (first === undefined) return irregular
  const beside = Promise.all(rest.map((range) => surveyBeside(range, syntax)))
  const parts = [await surveyRange(first, syntax), ...(await beside)]
  const newlines = new Set(parts.flatMap((p) => (p.regular ? (p.newline ?? []) : [])))
  const crossed = parts.slice(0, -1).some((p) => p.regular && p.open)
  if (crossed) return surveyCsv(path, start, syntax)
  if (parts.some((p) => !p.regular || p.open) || newlines.size > 1) return irregular
  const [newline = '\n'] = newlines
  return { regular: true, newline, multiline: parts.some((p) => p.regular && p.multiline) }
}
