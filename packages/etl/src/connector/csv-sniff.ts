import type { CsvDialect } from '../plan/source.ts'
import { readSample, type SampleRecords, type SampleSyntax } from './csv-sample-records.ts'

/** A dialect found in a sample, and the records it gives. */
export interface Sniffed {
  readonly dialect: Omit<CsvDialect, 'encoding' | 'nulls'>
  /** Records after the preamble, the header included. */
  readonly records: readonly (readonly string[])[]
}

const delimiters = [',', ';', '\t', '|', '||', '^', '~', ':', '§', '\u{1}']

/** The most frequent number of fields, at least two, and the share of records that have it. */
function shapeOf(records: readonly (readonly string[])[]): {
  readonly width: number
  readonly share: number
} {
  const counts = new Map<number, number>()
  for (const r of records) counts.set(r.length, (counts.get(r.length) ?? 0) + 1)
  const [width, n] = [...counts].filter(([w]) => w > 1).toSorted((a, b) => b[1] - a[1] || b[0] - a[0])[0] ?? [
    1, 0,
  ]
  return { width, share: records.length === 0 ? 0 : n / records.length }
}

/** Characters in which 300 records of usual length are found. */
const comparedLength = 2 ** 17

/** The beginning of a sample that syntaxes are compared on, whole lines where it has any. */
function beginningOf(sample: string): string {
  if (sample.length <= comparedLength) return sample
  const end = sample.lastIndexOf('\n', comparedLength) + 1
  return sample.slice(0, end === 0 ? comparedLength : end)
}

const occurrences = (sample: string, mark: string): number => sample.split(mark).length - 1

/** A syntax, and the first records of the sample in it. */
interface Compared extends SampleRecords {
  readonly syntax: SampleSyntax
}

function bestSyntax(whole: string, comment: string | null): Compared {
  const sample = beginningOf(whole)
  const backslashes = (sample.match(/\\"/g)?.length ?? 0) > (sample.match(/[^,;|\t\n]""/g)?.length ?? 0)
  const escape = backslashes ? '\\' : '"'
  let best: (Compared & { readonly score: number; readonly marks: number }) | undefined
  const onlyDoubled = sample.includes('||') && !sample.replaceAll('||', '').includes('|')
  for (const delimiter of delimiters) {
    const marks = occurrences(sample, delimiter)
    if (marks === 0 || (delimiter === '|' && onlyDoubled)) continue
    // To be better than what fits every record it would have to give more fields.
    if (best?.score !== undefined && best.score > 1 && marks < best.marks / 2) continue
    for (const quote of ['"', "'"]) {
      if (quote === "'" && !sample.includes(`${delimiter}'`)) continue
      const syntax = { delimiter, quote, escape: quote === '"' ? escape : quote, comment, trim: false }
      const found = readSample(sample, syntax, 300)
      const { width, share } = shapeOf(found.records)
      // Agreement counts first; among equals the earlier delimiter of the list and the double quote win.
      const score = width < 2 ? 0 : share * (1 + Math.log2(width) / 20) - (quote === '"' ? 0 : 0.02)
      if (score > (best?.score ?? 0.5)) best = { ...found, syntax, score, marks }
    }
  }
  if (best !== undefined) return best
  const syntax: SampleSyntax = { delimiter: ',', quote: '"', escape, comment, trim: false }
  return { ...readSample(whole, syntax, 300), syntax }
}

const typed = /^[+-]?[\d.,:/ -]+$|^(?:true|false)$/i

/**
 * Whether the first record names the columns: nothing in it looks like a value, and either some column below looks like
 * values throughout, or no name comes again in its own column.
 */
function hasHeader(records: readonly (readonly string[])[]): boolean {
  const [first, ...body] = records
  if (first === undefined || body.length === 0) return true
  if (first.some((cell) => cell.trim() !== '' && typed.test(cell.trim()))) return false
  if (first.every((cell) => cell.trim() === '')) return false
  const below = first.map((_, i) => body.map((r) => r[i]?.trim() ?? '').filter((cell) => cell !== ''))
  if (below.some((cells) => cells.length > 0 && cells.every((cell) => typed.test(cell)))) return true
  return !first.some((cell, i) => cell.trim() !== '' && below[i]?.includes(cell.trim()) === true)
}

/** Fields mostly begin with a space after the delimiter. */
function isSpaced(records: readonly (readonly string[])[]): boolean {
  const inner = records.slice(0, 100).flatMap((r) => r.slice(1))
  return inner.length > 0 && inner.filter((f) => /^[ ]/.test(f)).length > inner.length * 0.9
}

/** Finds delimiter, quote, escape, comments, preamble and header of a sample of whole lines. */
export function sniffDialect(sample: string): Sniffed {
  const comment = /^#[^\n]*\n[^#\n]/.test(sample) || /\n#/.test(sample) ? '#' : null
  const { syntax: found, records: first, lines } = bestSyntax(sample, comment)
  const syntax = { ...found, trim: isSpaced(first) }
  const { width } = shapeOf(first)
  const start = Math.max(
    0,
    first.findIndex((r) => r.length === width),
  )
  const preamble = first.length > start + 1 || start === 0 ? start : 0
  const skipLines = preamble === 0 ? 0 : (lines[preamble - 1] ?? 0)
  const records = readSample(sample, syntax, 20_000).records.slice(preamble)
  const quoted = syntax.quote !== null && sample.includes(syntax.quote)
  return {
    dialect: {
      ...syntax,
      quote: quoted ? syntax.quote : '"',
      escape: quoted ? syntax.escape : '"',
      skipLines,
      header: hasHeader(records.slice(0, 200)),
    },
    records,
  }
}
