import { open } from 'node:fs/promises'
import os from 'node:os'
import type { ResolvedFile } from '../../../plan/source.ts'
import type { CsvSyntax } from './csv-record.ts'
import { type BegunSurvey, beginSurvey, type Survey } from './csv-survey.ts'

/** Smaller files are looked at in no time; parts small enough that the threads end together. */
const usualSizes = { leastBytes: 2 ** 28, partBytes: 2 ** 26 }
const firstLineBytes = 2 ** 16

const delimiters = [',', ';', '\t', '|'].map((d) => Buffer.from(d))

const countOf = (line: Buffer, delimiter: Buffer): number =>
  line.filter((byte) => byte === delimiter[0]).length

/** What a text with this first line is most likely to be; undefined when that is no header of delimited text. */
function likelySyntax(line: Buffer): CsvSyntax | undefined {
  // Packed files have bytes in their first line that no header has; JSON has a brace or bracket first.
  if (line.includes(0) || /^\s*[{[]/.test(line.toString('latin1'))) return undefined
  const [delimiter] = delimiters.toSorted((a, b) => countOf(line, b) - countOf(line, a))
  if (delimiter === undefined || countOf(line, delimiter) === 0) return undefined
  const quote = 34
  return { delimiter, quote, escape: quote, comment: undefined, trim: false, quotedNulls: [] }
}

/**
 * Begins to look at a large file while its columns are not known yet, on a core that has nothing else to do: its second
 * line and all that follow, as delimited text with double quotes. Undefined where that is not worth it; what is found is
 * used only if the file turns out to be just that.
 */
export async function surveyAhead(file: ResolvedFile, sizes = usualSizes): Promise<BegunSurvey | undefined> {
  if (file.size < sizes.leastBytes || os.availableParallelism() < 2) return undefined
  await using handle = await open(file.path, 'r')
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(firstLineBytes), 0, firstLineBytes, 0)
  const end = buffer.subarray(0, bytesRead).indexOf(10) + 1
  const syntax = likelySyntax(buffer.subarray(0, end))
  return syntax && beginSurvey(file.path, end, syntax, 2, sizes.partBytes)
}

/**
 * The begun survey's answer for a text from byte `start`. Undefined when it looked at another text, or at this one from
 * elsewhere, in another syntax or before it changed; then it is stopped, since nobody will ask it.
 */
export async function surveyedAhead(
  ahead: BegunSurvey | undefined,
  { path, size, mtimeMs }: ResolvedFile,
  start: number,
  syntax: CsvSyntax,
): Promise<Survey | undefined> {
  if (ahead?.path !== path) return undefined
  const isSameFile = ahead.file.size === size && ahead.file.mtimeMs === mtimeMs
  const isSameSyntax =
    ahead.syntax.quote === syntax.quote &&
    syntax.delimiter.equals(ahead.syntax.delimiter) &&
    syntax.quotedNulls.length === 0
  if (isSameFile && isSameSyntax && ahead.start === start) return ahead.finish()
  await ahead[Symbol.asyncDispose]()
  return undefined
}
