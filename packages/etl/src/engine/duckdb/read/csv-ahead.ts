import { open } from 'node:fs/promises'
import os from 'node:os'
import type { BegunLook } from '../../contract.ts'
import type { CsvSyntax } from './csv-record.ts'
import { type BegunSurvey, beginSurvey, type Survey } from './csv-survey.ts'

/** Smaller files are looked at in no time; parts small enough that the threads end together. */
const usualSizes = { leastBytes: 2 ** 28, partBytes: 2 ** 26 }
const firstLineBytes = 2 ** 16

/** RFC 4180, what most files are. */
const usual = {
  delimiter: Buffer.from(','),
  quote: 0x22,
  escape: 0x22,
  comment: undefined,
  trim: false,
} as const satisfies CsvSyntax

/**
 * Begins to look at a large file while its columns are not known yet, on a core that has nothing else to do: its second
 * line and all that follow, as delimited text of the usual kind. Undefined where that is not worth it; what is found is
 * used only if the file turns out to be just that.
 */
export async function surveyAhead(
  file: { readonly path: string; readonly size: number },
  sizes = usualSizes,
): Promise<BegunSurvey | undefined> {
  if (file.size < sizes.leastBytes || os.availableParallelism() < 2) return undefined
  await using handle = await open(file.path, 'r')
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(firstLineBytes), 0, firstLineBytes, 0)
  const line = buffer.subarray(0, bytesRead)
  const end = line.indexOf(10) + 1
  // Packed files, and what is no text, have bytes in their first line that no header has.
  const isText = end > 0 && line.subarray(0, end).includes(',') && !line.subarray(0, end).includes(0)
  return isText ? beginSurvey(file.path, end, usual, 2, sizes.partBytes) : undefined
}

/** The begun survey's answer for a text from byte `start`; undefined when it looked at something else. */
export async function surveyedAhead(
  ahead: BegunLook | undefined,
  path: string,
  start: number,
  syntax: CsvSyntax,
): Promise<Survey | undefined> {
  const isSame =
    ahead !== undefined &&
    ahead.path === path &&
    ahead.start === start &&
    ahead.syntax.quote === syntax.quote &&
    syntax.delimiter.equals(ahead.syntax.delimiter)
  return isSame ? ahead.finish() : undefined
}
