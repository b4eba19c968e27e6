import { type FileHandle, open } from 'node:fs/promises'
import { setImmediate } from 'node:timers/promises'
import { afterLine, type CsvSyntax, emptyShape, maxRecordBytes, needMore, readRecord } from './csv-record.ts'
import {
  isRegularWindow,
  longestLine,
  newWindowState,
  type TextRange,
  wholeLines,
  windowsAtOnce,
} from './csv-survey.ts'

/** A part of a text that begins and ends with whole records. */
export interface Stretch {
  /** Its first byte. */
  readonly start: number
  /** The byte after its last. */
  readonly end: number
  /** How the engine's own reader reads it; undefined where that reader would misread it. */
  readonly direct: { readonly newline: '\n' | '\r\n'; readonly multiline: boolean } | undefined
  /** Bytes at which it may be cut, in ascending order. */
  readonly cuts: readonly number[]
}

export interface StretchSizes {
  /** Regular stretches of fewer bytes are not worth a file of their own. */
  readonly leastBytes: number
  /** Bytes that are looked at together: what is irregular among them is found to this grain. */
  readonly windowBytes: number
}

/** The records from one byte on that the engine's own reader reads as they are. */
interface RegularRun {
  readonly stretch: Stretch
  /** Where they end, some record up to this byte is irregular. */
  readonly upTo: number
}

/** Texts of which most is irregular are given up when so many times `leastBytes` of them were seen. */
const seenEnough = 8

async function regularFrom(
  file: FileHandle,
  { start, end }: Omit<TextRange, 'path'>,
  syntax: CsvSyntax,
  { buffer, windowBytes, signal }: { buffer: Buffer; windowBytes: number; signal: AbortSignal | undefined },
): Promise<RegularRun> {
  const cuts: number[] = []
  let state = newWindowState()
  // The state at the last byte that surely begins a record.
  let sound = { at: start, state }
  const upTo = (byte: number): RegularRun => {
    const { newline, multiline } = sound.state
    const direct = { newline: newline ?? '\n', multiline }
    return { stretch: { start, end: sound.at, direct, cuts: cuts.filter((c) => c < sound.at) }, upTo: byte }
  }
  let position = start
  // The end of the window in which the quote opens that is open now.
  let openedBy = start
  for (let window = 1; position < end; window++) {
    if (window % windowsAtOnce === 0) await setImmediate()
    signal?.throwIfAborted()
    const lines = wholeLines(file, buffer, position, end, windowBytes)
    const next = { ...state, recordStart: 0 }
    if (lines === undefined || !isRegularWindow(lines, syntax, next))
      return upTo(position + (lines?.length ?? 1))
    state = next
    const begun = position + state.recordStart
    position += lines.length
    if (state.recordStart > 0) {
      sound = { at: begun, state }
      openedBy = position
      cuts.push(begun)
    } else if (position - sound.at > maxRecordBytes) return upTo(openedBy)
  }
  return upTo(end)
}

/**
 * Where the first record ends that ends at or after byte `upTo`, by our own record reader from `start` on. Undefined when a
 * line is longer than records may be.
 */
async function recordsEnd(
  file: FileHandle,
  start: number,
  upTo: number,
  end: number,
  syntax: CsvSyntax,
): Promise<number | undefined> {
  const shape = emptyShape()
  let buffer = Buffer.allocUnsafe(2 ** 20)
  let filled = 0
  let base = start
  for (;;) {
    if (filled === buffer.length) buffer = Buffer.concat([buffer], buffer.length * 2)
    const wanted = Math.min(buffer.length, end - base) - filled
    const { bytesRead } = await file.read(buffer, filled, wanted, base + filled)
    filled += bytesRead
    const final = bytesRead === 0 || base + filled === end
    let at = 0
    while (at < filled && base + at < upTo) {
      const next = readRecord(syntax, buffer, at, filled, final, shape)
      if (next === needMore) break
      at = next
    }
    if (base + at >= upTo || final) return base + at
    if (filled - at > maxRecordBytes) {
      // A quote that is not closed within the largest record costs one line, as `normaliseCsv` has it.
      at = afterLine(buffer, at, filled, false)
      if (at === needMore) return undefined
    }
    buffer.copyWithin(0, at, filled)
    base += at
    filled -= at
  }
}

/** Stretches too small for a file of their own go to our own reader, with those around them. */
function coalesced(stretches: readonly Stretch[], leastBytes: number): readonly Stretch[] {
  const joined: Stretch[] = []
  for (const stretch of stretches) {
    const isOwn = stretch.direct === undefined || stretch.end - stretch.start < leastBytes
    const last = joined.at(-1)
    if (!isOwn) joined.push(stretch)
    else if (last !== undefined && last.direct === undefined)
      joined.splice(-1, 1, { ...last, end: stretch.end })
    else joined.push({ ...stretch, direct: undefined, cuts: [] })
  }
  return joined
}

/**
 * Divides a text that is not regular as a whole into stretches that are, for the engine's own reader, and those around a
 * broken quote or the like, which our own record reader has to read. Together they are the text, and have the records
 * that our own reader finds in it. Undefined when it is not worth dividing.
 */
export async function stretchesOf(
  text: TextRange,
  syntax: CsvSyntax,
  { leastBytes, windowBytes }: StretchSizes,
  signal?: AbortSignal,
): Promise<readonly Stretch[] | undefined> {
  if (text.end - text.start < 2 * leastBytes) return undefined
  await using file = await open(text.path, 'r')
  const buffer = Buffer.allocUnsafe(longestLine)
  const found: Stretch[] = []
  let irregular = 0
  for (let start = text.start; start < text.end;) {
    const { stretch, upTo } = await regularFrom(file, { start, end: text.end }, syntax, {
      buffer,
      windowBytes,
      signal,
    })
    if (stretch.end > start) found.push(stretch)
    if (stretch.end === text.end) break
    const end = await recordsEnd(file, stretch.end, upTo, text.end, syntax)
    if (end === undefined || end <= stretch.end) return undefined
    found.push({ start: stretch.end, end, direct: undefined, cuts: [] })
    irregular += end - stretch.end
    const seen = end - text.start
    if (seen > seenEnough * leastBytes && irregular > seen / 2) return undefined
    start = end
  }
  const stretches = coalesced(found, leastBytes)
  return stretches.some((s) => s.direct !== undefined) ? stretches : undefined
}
