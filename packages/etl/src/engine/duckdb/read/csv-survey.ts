import { isUtf8 } from 'node:buffer'
import { once } from 'node:events'
import { readSync } from 'node:fs'
import { type FileHandle, open, stat } from 'node:fs/promises'
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
  /** Bytes at which records begin, in ascending order and mostly a MiB apart: where the text may be cut. */
  readonly cuts: readonly number[]
}

/** What a survey goes by. */
export type SurveySyntax = Pick<CsvSyntax, 'delimiter' | 'quote' | 'quotedNulls'>

/** A look at a text that was begun before its reader asks for it; disposing of it stops it. */
export interface BegunSurvey extends AsyncDisposable {
  readonly path: string
  /** The file as it was, its time in whole milliseconds as in listings. */
  readonly file: { readonly size: number; readonly mtimeMs: number }
  /** The byte that it began at. */
  readonly start: number
  readonly syntax: SurveySyntax
  /** Looks at what is left, and tells of the whole text; asked again, it tells the same. */
  finish(): Promise<Survey>
}

/** Bytes of the longest line of a regular text. */
export const longestLine = 4 * 2 ** 20
const windowBytes = 2 ** 19
/** After so many windows others get their turn. */
export const windowsAtOnce = 32
const irregular: Survey = { regular: false, newline: '\n', multiline: true, cuts: [] }
const cutBytes = 2 ** 20

/** What was seen of a text so far, window by window. */
export interface WindowState {
  inQuote: boolean
  multiline: boolean
  newline: '\n' | '\r\n' | undefined
  /** The last byte of the window, or the one behind it, that surely begins a record; 0 when there is none. */
  recordStart: number
}

export const newWindowState = (): WindowState => ({
  inQuote: false,
  multiline: false,
  newline: undefined,
  recordStart: 0,
})

/** Every line of the window ends in the same way as all before. */
function sameLineEnds(window: Buffer, state: WindowState): boolean {
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
function soundQuotes(window: Buffer, syntax: SurveySyntax, state: WindowState): boolean {
  let p = 0
  let opened = 0
  // Between here and the opening quote nothing is quoted.
  let plainFrom = window.length
  let lineEnd = -1
  // The line end before the window lies within quotes.
  state.multiline ||= state.inQuote
  for (;;) {
    const at = window.indexOf(syntax.quote, p)
    if (!state.inQuote) {
      if (at < 0) {
        state.recordStart = window.length
        return true
      }
      // A quote inside an unquoted field is a character like any other.
      // After spaces the engine's reader takes it for an opening quote, other than RFC 4180.
      let field = at
      while (field > 0 && window[field - 1] === 32) field--
      if (followsMark(window, field, syntax.delimiter)) {
        if (field < at) return false
        state.inQuote = true
        opened = at
        plainFrom = p
      }
      p = at + 1
      continue
    }
    if (at < 0) {
      const before = window.lastIndexOf(10, opened)
      state.recordStart = before >= plainFrom ? before + 1 : 0
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

/** Whether the engine's own reader reads whole lines as they are; a quote left open goes on in the next window. */
export function isRegularWindow(window: Buffer, syntax: SurveySyntax, state: WindowState): boolean {
  if (!isUtf8(window) || window.includes(0) || !sameLineEnds(window, state)) return false
  if (syntax.quote < 0) {
    state.recordStart = window.length
    return true
  }
  // The engine's own reader does not tell whether a field was quoted.
  return !syntax.quotedNulls.some((text) => window.includes(text)) && soundQuotes(window, syntax, state)
}

/** Part of a text: from byte `start` up to byte `end` (exclusive), whole lines. */
export interface TextRange {
  readonly path: string
  readonly start: number
  readonly end: number
}

/** The next whole lines from `position` on, about `wanted` bytes, in the buffer; undefined when one does not fit into it. */
export function wholeLines(
  file: FileHandle,
  buffer: Buffer,
  position: number,
  end: number,
  wanted: number,
): Buffer | undefined {
  for (let bytes = wanted; ; bytes *= 2) {
    const size = Math.min(bytes, buffer.length, end - position)
    const filled = readSync(file.fd, buffer, 0, size, position)
    if (filled > 0 && position + filled >= end) return buffer.subarray(0, filled)
    const last = buffer.subarray(0, filled).lastIndexOf(10) + 1
    if (last > 0) return buffer.subarray(0, last)
    if (filled < size || filled === buffer.length) return undefined
  }
}

/** What a part of a text is like, taken that it does not begin inside a quoted field. */
type RangeSurvey =
  | {
      readonly regular: true
      /** Undefined where there is no line end. */
      readonly newline: '\n' | '\r\n' | undefined
      readonly multiline: boolean
      /** It ends inside a quoted field. */
      readonly open: boolean
      readonly cuts: readonly number[]
    }
  | { readonly regular: false }

/**
 * Looks at a part of a text once, at memory speed: read synchronously in windows that fit the processor's cache, which
 * takes half the time of reading large ones asynchronously. Others get their turn every few milliseconds.
 */
async function surveyRange({ path, start, end }: TextRange, syntax: SurveySyntax): Promise<RangeSurvey> {
  await using file = await open(path, 'r')
  const buffer = Buffer.allocUnsafe(longestLine)
  const state = newWindowState()
  const cuts = [start]
  let position = start
  for (let window = 1; position < end; window++) {
    if (window % windowsAtOnce === 0) await setImmediate()
    const lines = wholeLines(file, buffer, position, end, windowBytes)
    if (lines === undefined || !isRegularWindow(lines, syntax, state)) return { regular: false }
    const cut = position + state.recordStart
    if (cut < end && cut - (cuts.at(-1) ?? start) >= cutBytes) cuts.push(cut)
    position += lines.length
  }
  return { regular: true, newline: state.newline, multiline: state.multiline, open: state.inQuote, cuts }
}

const nearBytes = 2 ** 16

/** The byte after the first line end at or after `from`; `otherwise` when there is none near. */
async function lineAfter(path: string, from: number, otherwise: number): Promise<number> {
  await using file = await open(path, 'r')
  const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(nearBytes), 0, undefined, from)
  const at = buffer.subarray(0, bytesRead).indexOf(10)
  return at < 0 ? otherwise : from + at + 1
}

/** A text of fewer than two parts of this size is not worth a second thread. */
const leastRangeBytes = 64 * 2 ** 20
/** Threads end together although one began late, and a huge text is not cut into thousands of parts. */
const partsOfThread = 8

async function rangesOf(
  path: string,
  start: number,
  size: number,
  threads: number,
  leastBytes: number,
): Promise<readonly TextRange[]> {
  const count = Math.max(1, Math.min(partsOfThread * threads, Math.floor((size - start) / leastBytes)))
  const cuts = [start]
  for (let i = 1; i < count; i++) {
    const last = cuts.at(-1) ?? start
    const at = start + Math.floor(((size - start) / count) * i)
    if (at > last) cuts.push(await lineAfter(path, at, last))
  }
  const starts = [...new Set(cuts)]
  return starts.map((from, i) => ({ path, start: from, end: starts[i + 1] ?? size }))
}

/** The parts of one text, and how many of them are taken: shared by the threads that look at them. */
export interface SharedParts {
  readonly ranges: readonly TextRange[]
  readonly taken: Int32Array<SharedArrayBuffer>
}

export type FoundPart = readonly [index: number, found: RangeSurvey]

/** Looks at parts until all are taken, or one is irregular, which decides about the text. */
export async function surveyParts(
  { ranges, taken }: SharedParts,
  syntax: SurveySyntax,
): Promise<readonly FoundPart[]> {
  const parts: FoundPart[] = []
  for (;;) {
    const index = Atomics.add(taken, 0, 1)
    const range = ranges[index]
    if (range === undefined) return parts
    const found = await surveyRange(range, syntax)
    parts.push([index, found])
    if (!found.regular) Atomics.store(taken, 0, ranges.length)
  }
}

/** A thread of its own that takes parts as well. */
function helper(
  shared: SharedParts,
  syntax: CsvSyntax,
): { readonly worker: Worker; readonly parts: Promise<readonly FoundPart[]> } {
  const worker = new Worker(new URL(`csv-survey-worker${extname(import.meta.filename)}`, import.meta.url), {
    workerData: {
      shared,
      delimiter: syntax.delimiter.toString(),
      quote: syntax.quote,
      quotedNulls: syntax.quotedNulls.map(String),
    },
  })
  const parts = once(worker, 'message').then(([found]) => found as readonly FoundPart[])
  // Whoever finishes the survey hears of a failure; nobody may.
  parts.catch(() => undefined)
  return { worker, parts }
}

/**
 * Begins to look at a text, from byte `start`, with `threads - 1` threads beside the caller's, which joins in `finish`.
 * Texts of less than two times `leastBytes` are left to the caller.
 */
export async function beginSurvey(
  path: string,
  start: number,
  syntax: CsvSyntax,
  threads: number,
  leastBytes = leastRangeBytes,
): Promise<BegunSurvey> {
  const { size, mtimeMs } = await stat(path)
  const ranges = await rangesOf(path, start, size, threads, leastBytes)
  const shared: SharedParts = { ranges, taken: new Int32Array(new SharedArrayBuffer(4)) }
  const helpers = Array.from({ length: Math.min(threads, ranges.length) - 1 }, () => helper(shared, syntax))
  const stop = async (): Promise<void> => {
    await Promise.all(helpers.map(({ worker }) => worker.terminate()))
  }
  const finish = async (): Promise<Survey> => {
    const own = await surveyParts(shared, syntax)
    const others = await Promise.all(helpers.map(({ parts }) => parts))
    const found = [...own, ...others.flat()].toSorted(([a], [b]) => a - b).map(([, part]) => part)
    const isCut = found.slice(0, -1).some((p) => p.regular && p.open)
    return isCut ? surveyWhole(path, start, syntax) : together(found)
  }
  let survey: Promise<Survey> | undefined
  return {
    path,
    file: { size, mtimeMs: Math.trunc(mtimeMs) },
    start,
    syntax,
    finish: () => (survey ??= finish()),
    [Symbol.asyncDispose]: stop,
  }
}

/** What the parts of a text say of it, taken that none but the last ends inside quotes. */
function together(parts: readonly RangeSurvey[]): Survey {
  const newlines = new Set(parts.flatMap((p) => (p.regular ? (p.newline ?? []) : [])))
  if (parts.some((p) => !p.regular || p.open) || newlines.size > 1) return irregular
  const [newline = '\n'] = newlines
  const cuts = parts.flatMap((p) => (p.regular ? p.cuts : [])).slice(1)
  return { regular: true, newline, multiline: parts.some((p) => p.regular && p.multiline), cuts }
}

async function surveyWhole(path: string, start: number, syntax: CsvSyntax): Promise<Survey> {
  const { size } = await stat(path)
  return together([await surveyRange({ path, start, end: size }, syntax)])
}

/**
 * Looks at a text once, from byte `start`, at memory speed: whether the engine's parallel reader will read it as
 * declared. That reader guesses and loses rows where quotes are broken, line ends are mixed, or quoted fields span lines.
 *
 * Large texts are looked at by up to `threads` threads, in parts of at least `leastBytes`. Each part is taken to begin
 * outside quotes; where the part before ends inside one, the text is looked at again as a whole.
 */
export async function surveyCsv(
  path: string,
  start: number,
  syntax: CsvSyntax,
  threads = 1,
  leastBytes = leastRangeBytes,
): Promise<Survey> {
  if (threads === 1) return surveyWhole(path, start, syntax)
  await using begun = await beginSurvey(path, start, syntax, threads, leastBytes)
  return await begun.finish()
}
