import { EtlError } from '../../../base/errors.ts'
import { quoteName, quoteText } from '../../../function/dialect.ts'
import type { FileScan, SourceColumn } from '../../../plan/source.ts'
import { type Field, typeName } from '../../../plan/type.ts'
import { typedColumn } from './csv-columns.ts'
import { matchPatterns } from './grok-match.ts'

/** What stands in a staged line for a record that is no text, for a line feed in a record, and for a record beyond its bounds. */
export const standIns = { notText: 2, lineFeed: 3, tooLong: 4 } as const

interface Column {
  readonly field: Field
  readonly source: SourceColumn
}

/** Records as typed values, and why they are no rows. */
export interface GrokQuery {
  /** The records of `from` (`line` and the column `key`) with their values and `bad`. */
  values(from: string, key: 'filename' | 'n'): string
  /** The scan's columns over `values(…)`. */
  readonly good: string
  /** The rule, a line feed and the reason, of bad records. */
  readonly reason: string
}

function columnsOf(scan: FileScan): readonly Column[] {
  const sources = new Map(scan.format.kind === 'grok' ? scan.format.columns.map((c) => [c.name, c]) : [])
  return scan.schema.map((field) => ({
    field,
    source: sources.get(field.name) ?? { name: field.name, from: field.name },
  }))
}

const hasOffset = ({ field, source }: Column): boolean =>
  field.type.kind === 'timestamp' &&
  (source.formats === undefined || source.formats.some((f) => f.includes('XXX')))

/** Prints the text of a value: NULL where it means NULL, with the colon that `XXX` has in an offset. */
function valueText(column: Column, x: string): string {
  const nulls = column.source.nulls ?? []
  const cases = [
    ...(nulls.length === 0 ? [] : [`WHEN ${x} IN (${nulls.map(quoteText).join(', ')}) THEN NULL`]),
    ...(hasOffset(column)
      ? [`WHEN regexp_matches(${x}, '[+-][0-9]{4}$') THEN left(${x}, -2) || ':' || right(${x}, 2)`]
      : []),
  ]
  return cases.length === 0 ? x : `CASE ${cases.join(' ')} ELSE ${x} END`
}

function wrongOf({ field }: Column, i: number): string | undefined {
  if (!field.nullable) return `v${i} IS NULL`
  return field.type.kind === 'text' ? undefined : `(y${i} IS NOT NULL AND v${i} IS NULL)`
}

function reasonOf(columns: readonly Column[]): string {
  const cases = columns.map((column, i) => {
    const wrong = wrongOf(column, i)
    if (wrong === undefined) return ''
    const { name, type } = column.field
    const missing = quoteText(`grok.required\n${name}: the record has no value`)
    const value = `${quoteText(`grok.value\n${name}: `)} || left(x${i}, 200) || ${quoteText(` is no ${typeName(type)}`)}`
    return `WHEN ${wrong} THEN CASE WHEN y${i} IS NULL THEN ${missing} ELSE ${value} END`
  })
  const notText = quoteText(
    'grok.text\nthe record is no UTF-8, or has NUL, a lone carriage return or one of the characters 1 to 4',
  )
  const tooLong = quoteText('grok.too-long\nthe record has more lines or bytes than `multiline` allows')
  const unmatched = quoteText('grok.unmatched\nno pattern matches the record')
  return `CASE WHEN line = chr(${standIns.notText}) THEN ${notText} WHEN line = chr(${standIns.tooLong}) THEN ${tooLong} WHEN hit IS NULL THEN ${unmatched} ${cases.join(' ')} END`
}

/** Prints how records become rows and reasons. Fails with `config.invalid` on impossible columns, as `typedColumn` does. */
export function grokQuery(scan: FileScan): GrokQuery {
  if (scan.format.kind !== 'grok') throw new EtlError('bug.unreachable', 'the grok reader needs grok')
  const { patterns, multiline } = scan.format
  const columns = columnsOf(scan)
  const feed = `chr(${standIns.lineFeed})`
  const line =
    multiline === undefined
      ? `coalesce(line, '')`
      : `CASE WHEN contains(line, ${feed}) THEN replace(line, ${feed}, chr(10)) ELSE coalesce(line, '') END`
  const texts = columns.map((column, i) => `${valueText(column, `x${i}`)} AS y${i}`)
  const typed = columns.map(({ field, source }, i) => {
    const { nulls: _, ...options } = source
    return `${typedColumn(field, options, `y${i}`).parsed} AS v${i}`
  })
  const wrong = columns.flatMap((column, i) => wrongOf(column, i) ?? [])
  const isStandIn = `line IN (chr(${standIns.notText}), chr(${standIns.tooLong}))`
  const bad = ['hit IS NULL', isStandIn, ...wrong].join(' OR ')
  const regexes = patterns.map((p) => p.regex)
  const fields = columns.map((c) => c.source.from)
  return {
    values: (from, key) => {
      const records = `SELECT ${line} AS line, ${key} FROM (${from})`
      const hits = matchPatterns(regexes, fields, key, records)
      // `random()` keeps the optimizer from computing every value a second time inside the filter on `bad`.
      return `SELECT *, (${bad}) AND random() >= 0 AS bad FROM (SELECT *, ${typed.join(', ')} FROM (SELECT *, ${texts.join(', ')} FROM (${hits})))`
    },
    good: columns.map((c, i) => `v${i} AS ${quoteName(c.field.name)}`).join(', '),
    reason: reasonOf(columns),
  }
}
