import { basename } from 'node:path'
import { captureSample, type SampledCaptures } from '../../engine/duckdb/read/grok-sample.ts'
import { bool, type Columns, type ColumnSpec, float64, int64, json, text } from '../column.ts'
import type { Inference } from '../inference.ts'
import { printDeclaration } from '../infer-print.ts'
import { proposeColumn } from '../infer-type.ts'
import { logCandidates, type LogCandidate } from './candidates.ts'
import { expandGrok, type GrokType } from './expand.ts'

/** How many lines a quick look is taken at. */
const looked = 20

/** The lines of a sample as records: those of several lines joined where the candidate knows what begins one. */
function recordsOf(
  lines: readonly string[],
  { start }: LogCandidate,
): { readonly records: readonly string[]; readonly joined: boolean } {
  if (start === undefined) return { records: lines, joined: false }
  const records: string[] = []
  for (const line of lines) {
    if (records.length === 0 || start.looksLike.test(line)) records.push(line)
    else records.push(`${records.pop()}\n${line}`)
  }
  // The last record may go on behind the sample.
  const isJoined = records.length < lines.length
  return { records: isJoined && records.length > 1 ? records.slice(0, -1) : records, joined: isJoined }
}

const specOf: Readonly<Record<GrokType, () => ColumnSpec>> = {
  int: () => int64(),
  long: () => int64(),
  float: () => float64(),
  double: () => float64(),
  boolean: () => bool(),
}

/** Proposes a column for texts of a capture; moments with a decimal comma or an offset without colon are understood. */
function proposed(texts: readonly string[]): {
  readonly column: ColumnSpec
  readonly warnings: readonly string[]
} {
  const hasComma = texts.length > 0 && texts.every((t) => /^\d{4}-.*:\d\d,\d{3}/.test(t))
  const plain = texts.map((t) =>
    t.replace(/(:\d\d),(\d{3})/, '$1.$2').replace(/(:\d\d(?:\.\d+)?[+-]\d\d)(\d\d)$/, '$1:$2'),
  )
  const found = proposeColumn(plain)
  if (found.column.type.kind !== 'timestamp') return proposeColumn(texts)
  if (!hasComma || found.column.formats === undefined) return found
  const formats = found.column.formats.map((f) => f.replace('ss.SSS', 'ss,SSS'))
  return { ...found, column: { ...found.column, formats } }
}

function columnsOf(
  candidate: LogCandidate,
  types: ReadonlyMap<string, GrokType>,
  { captures, matched }: SampledCaptures,
): { readonly columns: Columns; readonly warnings: readonly string[] } {
  const warnings: string[] = []
  const empty: string[] = []
  const entries = captures.map((name, i): [string, ColumnSpec] => {
    const texts = matched.flatMap((row) => row[i] ?? [])
    const known = candidate.columns[name]
    if (known !== undefined) return [name, known]
    const type = types.get(name)
    if (type !== undefined) return [name, specOf[type]()]
    if (name === 'body') return [name, json()]
    if (texts.length === 0) {
      empty.push(name)
      return [name, text()]
    }
    const { column, warnings: said } = proposed(texts)
    const isWorth = ['timestamp', 'int64', 'uuid'].includes(column.type.kind)
    warnings.push(...(isWorth ? said.map((w) => `${name}: ${w}`) : []))
    return [name, isWorth ? column : text()]
  })
  if (empty.length > 0) warnings.push(`${empty.join(', ')}: no value in the sample; proposed as text`)
  return { columns: Object.fromEntries(entries), warnings }
}

async function tryCandidate(
  path: string,
  lines: readonly string[],
  candidate: LogCandidate,
): Promise<Inference | undefined> {
  const { records, joined } = recordsOf(lines, candidate)
  const { regex, types } = expandGrok(candidate.pattern)
  const sample = await captureSample(regex, records)
  if (sample.matched.length <= records.length / 2) return undefined
  const { columns, warnings } = columnsOf(candidate, types, sample)
  const missed = records.length - sample.matched.length
  const multiline = joined && candidate.start !== undefined ? { start: candidate.start.pattern } : undefined
  const options = { pattern: candidate.pattern, ...(multiline === undefined ? {} : { multiline }) }
  return {
    connector: 'grok',
    columns,
    grok: options,
    warnings: [
      `taken for ${candidate.name}: ${sample.matched.length} of ${records.length} sampled records match`,
      ...(missed > 0 ? ['the records that do not match would be rejected'] : []),
      ...(joined
        ? ['records of several lines are joined; lines that begin none belong to the one before']
        : []),
      ...candidate.notes,
      ...warnings,
    ],
    declaration: printDeclaration('grok', path, basename(path), columns, {}, options),
  }
}

/**
 * Proposes a grok declaration for a log in a common format, by its first lines; undefined when none fits more than half of the
 * records.
 */
export async function inferGrok(path: string, lines: readonly string[]): Promise<Inference | undefined> {
  const first = lines.slice(0, looked)
  for (const candidate of logCandidates) {
    const { looksLike, start } = candidate
    const begins = start === undefined ? first : first.filter((l) => start.looksLike.test(l))
    const fitting = begins.filter((l) => looksLike.test(l)).length
    if (fitting === 0 || fitting <= begins.length / 2) continue
    const found = await tryCandidate(path, lines, candidate)
    if (found !== undefined) return found
  }
  return undefined
}
