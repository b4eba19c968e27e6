import { EtlError } from '../../../base/errors.ts'
import { quoteText } from '../../../function/dialect.ts'
import { type LinearRegex, parseLinear, printLinear } from '../../../function/regex/linear.ts'
import { type SplitPlan, splitPlan } from './grok-split.ts'

function readPattern(regex: string): LinearRegex {
  const parsed = parseLinear(regex)
  if (typeof parsed === 'string')
    throw new EtlError('config.invalid', `the pattern "${regex.slice(0, 80)}" does not work: ${parsed}`)
  return parsed
}

/** Prints the first of texts that is not empty; NULL when all are, or there is none. */
function firstOf(texts: readonly string[]): string {
  const present = texts.map((t) => `nullif(${t}, '')`)
  if (present.length === 0) return 'CAST(NULL AS VARCHAR)'
  return present.length === 1 ? (present[0] ?? '') : `coalesce(${present.join(', ')})`
}

/** The captures of a pattern for each column, and how they are found in records that cannot be split. */
interface Whole {
  readonly captures: readonly (readonly number[])[]
  /** Whether a record matches. Costs little and fails fast: only what passes is looked at for captures. */
  readonly matches: string
  /** A struct of the captures; undefined when no column wants one. */
  readonly extract: string | undefined
}

function wholeRecord(pattern: LinearRegex, captures: readonly (readonly number[])[]): Whole {
  const wanted = new Set(captures.flat())
  const flags = pattern.ignoresCase ? '(?si)' : '(?s)'
  const plain = quoteText(flags + printLinear(pattern.items, () => false))
  const grouped = printLinear(pattern.items, (c) => wanted.has(c))
  const whole = quoteText(String.raw`${flags}\A(?:${grouped})\z`)
  const names = [...wanted].toSorted((a, b) => a - b).map((g) => `'g${g}'`)
  return {
    captures,
    matches: `regexp_full_match(line, ${plain})`,
    extract: names.length === 0 ? undefined : `regexp_extract(line, ${whole}, [${names.join(', ')}])`,
  }
}

/** Longer records are not split: a list of their pieces would take many times their memory. */
const maxSplitBytes = 8192

/** The columns that a pattern adds, a list for each step; every step may use the columns of the steps before. */
function stepsOf(k: number, whole: Whole, split: SplitPlan | undefined): readonly (readonly string[])[] {
  const open = k === 0 ? 'TRUE' : 'hit IS NULL'
  const small = `${open} AND strlen(line) <= ${maxSplitBytes}`
  const extract = (when: string): readonly string[] =>
    whole.extract === undefined ? [] : [`CASE WHEN ${when} THEN ${whole.extract} END AS f${k}`]
  const slowly = k === 0 ? whole.matches : `CASE WHEN ${open} THEN ${whole.matches} ELSE FALSE END`
  if (split === undefined) return [[`${slowly} AS m${k}`], extract(`m${k}`)]
  return [
    ...split.lists.map((level) => level.map((q) => `CASE WHEN ${small} THEN ${q.sql} END AS ${q.name}`)),
    [`(${small} AND ${split.usual}) AS u${k}`],
    [`CASE WHEN u${k} THEN ${split.matches} ELSE ${slowly} END AS m${k}`],
    [
      ...extract(`m${k} AND NOT u${k}`),
      ...split.extracts.map((e) => `CASE WHEN m${k} AND u${k} THEN ${e.sql} END AS ${e.name}`),
    ],
  ]
}

const adding = (from: string, columns: readonly string[]): string =>
  columns.length === 0 ? from : `SELECT *, ${columns.join(', ')} FROM (${from})`

function matchedBy(regex: string, k: number, fields: readonly string[], key: string, from: string): string {
  const pattern = readPattern(regex)
  const captures = fields.map((f) => pattern.captures.flatMap((name, i) => (name === f ? [i] : [])))
  const whole = wholeRecord(pattern, captures)
  const wanted = new Set(captures.flat())
  const split = splitPlan(pattern, (c) => wanted.has(c), `p${k}`)
  const texts = captures.map((ids, i) => {
    const slow = firstOf(ids.map((id) => `f${k}.g${id}`))
    const quick = firstOf(ids.map((id) => split?.values.get(id) ?? `''`))
    const text =
      split === undefined || ids.length === 0 ? slow : `CASE WHEN u${k} THEN ${quick} ELSE ${slow} END`
    return `CASE ${k === 0 ? '' : `WHEN hit IS NOT NULL THEN x${i} `}WHEN m${k} THEN ${text} END AS x${i}`
  })
  const hit = `CASE ${k === 0 ? '' : 'WHEN hit IS NOT NULL THEN hit '}WHEN m${k} THEN ${k} END AS hit`
  const staged = stepsOf(k, whole, split).reduce(adding, from)
  return `SELECT line, ${key}, ${[hit, ...texts].join(', ')} FROM (${staged})`
}

/**
 * Prints records with what patterns capture: for each record of `from` (`line` and the column `key`) `hit`, the index of the
 * first pattern that matches all of it or NULL, and `x0, x1…`, the text of each field, NULL where it took no part or is empty.
 */
export function matchPatterns(
  regexes: readonly string[],
  fields: readonly string[],
  key: string,
  from: string,
): string {
  return regexes.reduce((sql, regex, k) => matchedBy(regex, k, fields, key, sql), from)
}
