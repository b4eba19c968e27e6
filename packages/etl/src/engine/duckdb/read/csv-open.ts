import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { CsvDialect, FileFormat, FileScan, ResolvedFile } from '../../../plan/source.ts'
import type { ReadContext } from './contract.ts'
import { type RecordedRow, type TypedColumn, typedColumn, usedPositions } from './csv-columns.ts'
import { positionsOf, readCsvHead } from './csv-head.ts'
import type { JudgedColumn } from './csv-judge.ts'
import { isLineSyntax, locateLines } from './csv-locate.ts'
import { chosenCuts, cutText, type Piece } from './csv-pieces.ts'
import { type DataStart, type Normalised, normaliseCsv, type NormaliseRequest } from './csv-normalise.ts'
import { type CsvSyntax, namedNulls } from './csv-record.ts'
import { type CsvGroup, printDialectRelation } from './csv-relation.ts'
import { surveyCsv } from './csv-survey.ts'
import { surveyedAhead } from './csv-ahead.ts'
import { type Stretch, stretchesOf, type StretchSizes } from './csv-stretches.ts'
import type { RejectSpool } from './reject-file.ts'
import type { RejectRecorder } from './reject-recorder.ts'
import { unpackText } from './unpack.ts'

export type CsvFormat = Extract<FileFormat, { kind: 'csv' }>

/** A source file made ready for reading. */
export interface OpenedText {
  readonly file: ResolvedFile
  /** Plain UTF-8, or what is left of it. */
  readonly path: string
  readonly sameOffsets: boolean
  readonly start: DataStart
  readonly width: number
  readonly positions: readonly number[]
  /** How the engine's own reader reads it; undefined when it cannot. */
  readonly direct: { readonly newline: '\n' | '\r\n'; readonly multiline: boolean } | undefined
  /** Lines before the data, which the engine's own reader skips. */
  readonly skip: number
  /** What of the source stands before this text, where it is a piece of one. */
  readonly piece?: Piece
  /** Unique among the texts of a reading. */
  readonly name: string
}

/** A text whose well-formed records were written in plain form. */
export interface NormalText extends Normalised {
  readonly text: OpenedText
}

/** One call of `openCsv`: its scan and what all its files share. */
export interface Reading {
  readonly scan: FileScan
  readonly format: CsvFormat
  readonly syntax: CsvSyntax
  readonly context: ReadContext
  readonly id: string
  readonly rejects: RejectSpool
  readonly recorder: RejectRecorder
}

/** Whether the engine's own reader knows the dialect exactly as declared. */
function isDirectDialect(dialect: CsvDialect): boolean {
  const simpleEscape = dialect.quote === null || dialect.escape === null || dialect.escape === dialect.quote
  const ascii = /^[\t -~]{1,4}$/.test(dialect.delimiter) && /^[!-~]?$/.test(dialect.quote ?? '')
  const beyondFields = ['\r', '\n', ...(dialect.quote === null ? [] : [dialect.quote])]
  const plainNulls = namedNulls(dialect).every((n) => !beyondFields.some((mark) => n.includes(mark)))
  return simpleEscape && ascii && plainNulls && dialect.comment === null && !dialect.trim
}

/** So large that opening its file does not count. */
const largestPieceBytes = 2 ** 26

/** Texts whose records span lines are read in pieces of about so many bytes. */
const pieceBytesOf = ({ context }: Reading): number =>
  Math.min(largestPieceBytes, context.pieceBytes ?? largestPieceBytes)

/** Where a text is not regular is found to half a MiB, and what is regular becomes pieces of 4 MiB or more. */
const stretchSizesOf = (pieceBytes: number): StretchSizes => ({
  leastBytes: Math.ceil(pieceBytes / 16),
  windowBytes: Math.ceil(pieceBytes / 128),
})

/** Makes one file ready: unpacked, its header matched, surveyed, and cut where it is not one text to the engine. */
export async function openTexts(
  file: ResolvedFile,
  index: number,
  reading: Reading,
): Promise<readonly OpenedText[]> {
  const { format, syntax, context } = reading
  const { path, sameOffsets } = await unpackText(file, {
    encoding: format.dialect.encoding,
    scratch: context.scratch,
    name: `${reading.id}-${index}.txt`,
    ...(context.signal ? { signal: context.signal } : {}),
  })
  const head = await readCsvHead(path, format.dialect, syntax)
  const hasColumns = head.names !== undefined || !format.dialect.header
  const { size } = await stat(path)
  const survey =
    hasColumns && head.plain && head.start.offset < size && isDirectDialect(format.dialect)
      ? ((await surveyedAhead(context.ahead, { ...file, path }, head.start.offset, syntax)) ??
        (await surveyCsv(path, head.start.offset, syntax, context.threads)))
      : undefined
  const text: OpenedText = {
    file,
    path,
    sameOffsets,
    start: head.start,
    skip: head.start.line - 1,
    width: head.names?.length ?? format.columns.length,
    positions: hasColumns
      ? positionsOf(file.path, head.names, format.columns)
      : format.columns.map((_, i) => i),
    direct: survey?.regular === true ? { newline: survey.newline, multiline: survey.multiline } : undefined,
    name: `${reading.id}-${index}`,
  }
  if (survey === undefined) return [text]
  const range = { path, start: head.start.offset, end: size }
  const pieceBytes = pieceBytesOf(reading)
  const stretches = survey.regular
    ? [{ ...range, direct: text.direct, cuts: survey.cuts }]
    : await stretchesOf(range, syntax, stretchSizesOf(pieceBytes), context.signal)
  return cutInPieces(
    text,
    size,
    (stretches ?? []).flatMap((s) => partsOf(s, pieceBytes)),
    context,
  )
}

/** A part of a text that becomes a piece, from byte `start` on, and how the engine's own reader reads it. */
type Part = Pick<Stretch, 'start' | 'direct'>

/**
 * The engine reads a text whose records span lines with one thread, and keeps all that it has read of it until its end.
 * It reads several such texts side by side, and each is gone when it is read.
 */
function partsOf({ start, end, direct, cuts }: Stretch, pieceBytes: number): readonly Part[] {
  const chosen = direct?.multiline === true ? chosenCuts(cuts, start, end, pieceBytes) : []
  return [start, ...chosen].map((at) => ({ start: at, direct }))
}

async function cutInPieces(
  text: OpenedText,
  end: number,
  parts: readonly Part[],
  { scratch, signal }: ReadContext,
): Promise<readonly OpenedText[]> {
  if (parts.length < 2) return [text]
  const nameOf = (i: number): string => `${text.name}-${i}`
  const from = { path: text.path, start: text.start.offset, end }
  const cuts = parts.slice(1).map((p) => p.start)
  const pieces = await cutText(from, cuts, (i) => join(scratch, `${nameOf(i)}.piece.csv`), signal)
  return pieces.map((piece, i) => ({
    ...text,
    path: piece.path,
    start: { offset: 0, line: text.start.line },
    direct: parts[i]?.direct,
    skip: 0,
    piece,
    name: nameOf(i),
  }))
}

async function normaliseRequest(text: OpenedText, reading: Reading): Promise<Omit<NormaliseRequest, 'out'>> {
  const { piece, start } = text
  const line = start.line + ((await piece?.linesBefore()) ?? 0)
  return {
    path: text.path,
    start: { offset: start.offset, line },
    before: piece?.before ?? 0,
    syntax: reading.syntax,
    width: text.width,
    nulls: reading.format.dialect.nulls,
    rejects: reading.rejects,
    source: text.file.path,
    sameOffsets: text.sameOffsets,
    ...(reading.context.signal ? { signal: reading.context.signal } : {}),
  }
}

/** Writes the well-formed records of a text in plain form and spools its misshapen ones. */
export async function normalise(text: OpenedText, reading: Reading): Promise<NormalText> {
  const pathOf = (piece: number): string => join(reading.context.scratch, `${text.name}-${piece}.plain.csv`)
  const out = { pathOf, pieceBytes: pieceBytesOf(reading) }
  return { ...(await normaliseCsv({ ...(await normaliseRequest(text, reading)), out })), text }
}

/** Spools the misshapen and the ill-typed records of a text; writes nothing else. */
export async function locate(
  text: OpenedText,
  judged: readonly JudgedColumn[],
  reading: Reading,
): Promise<Normalised> {
  return normaliseCsv({ ...(await normaliseRequest(text, reading)), out: undefined, judged })
}

/** The same as `locate` for a text whose bad rows were taken down; only their lines are taken apart if records are lines. */
export async function locateRecorded(
  text: OpenedText,
  judged: readonly JudgedColumn[],
  rows: readonly RecordedRow[],
  reading: Reading,
): Promise<Normalised> {
  if (text.direct?.multiline !== false || !isLineSyntax(reading.syntax)) return locate(text, judged, reading)
  const positions = usedPositions(text.positions)
  const recorded = rows.map((r) => new Map(positions.map((p, i) => [p, r.fields[i] ?? ''])))
  return locateLines({ ...(await normaliseRequest(text, reading)), judged, recorded, positions })
}

/** How the declared columns are read from a text. */
export function columnsFor(text: OpenedText, reading: Reading): readonly TypedColumn[] {
  return reading.scan.schema.map((field, i) => {
    const column = reading.format.columns[i] ?? { name: field.name, from: field.name }
    // In plain form all that means NULL is NULL already.
    const named = text.direct === undefined ? [] : namedNulls(reading.format.dialect)
    const nulls = [...(column.nulls ?? []), ...named]
    return typedColumn(field, { ...column, nulls }, `c${text.positions[i] ?? 0}`)
  })
}

const groupOf = (texts: readonly OpenedText[]): CsvGroup => ({
  paths: texts.map((t) => t.path),
  width: texts[0]?.width ?? 0,
  skip: texts[0]?.skip ?? 0,
  newline: texts[0]?.direct?.newline ?? '\n',
  multiline: texts[0]?.direct?.multiline ?? false,
})

/** Texts of equal shape are read by one call. */
export const shapeOf = (t: OpenedText): string => JSON.stringify([t.direct, t.skip, t.width, t.positions])

/** SQL that reads texts directly, in their declared dialect. */
export function relationOf(texts: readonly OpenedText[], reading: Reading): string {
  return printDialectRelation(groupOf(texts), reading.format.dialect, reading.id)
}
