import { EtlError } from '../../../base/errors.ts'
import { quoteName, quoteText } from '../../../function/dialect.ts'
import type { FileScan, SourceColumn } from '../../../plan/source.ts'
import type { Field } from '../../../plan/type.ts'
import { pathList } from '../file-path.ts'
import {
  bareValue,
  exactMember,
  jsonValue,
  memberSteps,
  needsExactNumbers,
  pointerTo,
  stagedValue,
  unmark,
  unquote,
} from './json-value.ts'
import { isDeep, maxJsonDepth } from './json-depth.ts'
import { type FileHead, maxRecordBytes } from './source-bytes.ts'

interface Member {
  readonly field: Field
  readonly column: SourceColumn
  readonly steps: readonly string[]
}

function membersOf(scan: FileScan): readonly Member[] {
  if (scan.format.kind !== 'json') throw new EtlError('bug.unreachable', 'the JSON reader needs JSON')
  const columns = new Map(scan.format.columns.map((c) => [c.name, c]))
  return scan.schema.map((field) => {
    const column = columns.get(field.name) ?? { name: field.name, from: field.name }
    return { field, column, steps: memberSteps(column.from) }
  })
}

/** The members that one `json_transform` can take: DuckDB's structs cannot hold names that differ only in case. */
function transformable(members: readonly Member[]): ReadonlySet<string> {
  const spellings = new Map<string, Set<string>>()
  for (const { steps } of members) {
    const first = steps[0] ?? ''
    const key = first.toLowerCase()
    spellings.set(key, (spellings.get(key) ?? new Set()).add(first))
  }
  const single = [...spellings.values()].filter((s) => s.size === 1).flatMap((s) => [...s])
  return new Set(single.filter((s) => s !== ''))
}

function extracted(member: Member, together: ReadonlySet<string>): string {
  const first = member.steps[0] ?? ''
  const rest = member.steps.slice(1)
  const present = (sql: string): string => `nullif(CAST(${sql} AS VARCHAR), 'null')`
  if (!together.has(first)) return present(`json_extract(j, ${quoteText(pointerTo(member.steps))})`)
  const top = `CAST(t.${quoteName(first)} AS VARCHAR)`
  return rest.length === 0 ? top : present(`json_extract(${top}, ${quoteText(pointerTo(rest))})`)
}

function textOf(member: Member, together: ReadonlySet<string>): string {
  const plain = extracted(member, together)
  const exact = needsExactNumbers(member.field.type)
    ? exactMember(plain, 'j', member.steps, member.field.type)
    : plain
  const nulls = member.column.nulls ?? []
  if (nulls.length === 0) return exact
  return `CASE WHEN starts_with(${exact}, '"') AND ${unquote(exact)} IN (${nulls.map(quoteText).join(', ')}) THEN NULL ELSE ${exact} END`
}

/** Whether a record has a comma before a closing bracket, which DuckDB's parser forgives and JSON does not. */
const trailingComma = String.raw`,\s*[}\]]`
const strictness = `CASE WHEN regexp_matches(j, ${quoteText(trailingComma)}) THEN regexp_matches(regexp_replace(j, ${quoteText(String.raw`"(?:[^"\\]|\\.)*"`)}, '""', 'g'), ${quoteText(trailingComma)}) ELSE FALSE END`

/** Readable records as typed values: `x0, v0, x1, v1…` beside `j`, the record, and `bad`, why it is no row (or NULL). */
export interface JsonQuery {
  /** The typed records; `bad` is true for those that are no rows. */
  values(from: string): string
  readonly good: string
  /** A text per record of `values(…)`: NULL for rows, else rule, newline, reason. */
  readonly reason: string
  /** The same for records that could not be read. */
  readonly unreadable: string
}

/** Prints how records `j` (NULL where unreadable) of a scan become rows and reasons. */
export function jsonQuery(scan: FileScan): JsonQuery {
  const members = membersOf(scan)
  const together = transformable(members)
  const names = [...new Set(members.map((m) => m.steps[0] ?? ''))].filter((n) => together.has(n))
  const shape = JSON.stringify(Object.fromEntries(names.map((n) => [n, 'JSON'])))
  // A `__proto__` key would vanish from the object above.
  const transform =
    names.length === 0 ? '' : `, json_transform(j, ${quoteText(shapeText(names, shape))}) AS t`
  const texts = members.map((m, i) => `${textOf(m, together)} AS x${i}`).join(', ')
  const staged = members.map((m, i) => stagedValue(m.field.type, `x${i}`, `y${i}`, `w${i}`, m.column))
  const bare = members.map((m, i) => bareValue(m.field.type, `x${i}`, `y${i}`, m.column))
  const column = (sql: string | undefined, as: string): string =>
    sql === undefined ? '' : `, ${sql} AS ${as}`
  const first = members.map((_, i) => column(staged[i]?.members ?? bare[i]?.bare, `y${i}`)).join('')
  const second = staged.map((s, i) => column(s?.values, `w${i}`)).join('')
  const values = members
    .map((m, i) => {
      const value = staged[i]?.judged ?? bare[i]?.value ?? jsonValue(m.field.type, `x${i}`, m.column)
      return `${value} AS v${i}`
    })
    .join(', ')
  const wrong = (i: number, m: Member): string =>
    m.field.nullable ? `(x${i} IS NOT NULL AND v${i} IS NULL)` : `v${i} IS NULL`
  // A CASE computes its branches for few rows, an OR both its sides for all.
  const noObject = `j IS NULL OR CASE WHEN starts_with(j, '{') THEN FALSE ELSE NOT starts_with(ltrim(j, ' \t\r'), '{') END OR (${strictness})`
  const bad = [noObject, `(${isDeep('j')})`, ...members.map((m, i) => wrong(i, m))].join(' OR ')
  return {
    // `random()` keeps the optimizer from computing every value a second time inside the filter on `bad`.
    values: (from) =>
      `SELECT *, (${bad}) AND random() >= 0 AS bad FROM (SELECT *, ${values} FROM (SELECT *${second} FROM (SELECT *${first} FROM (SELECT *, ${texts} FROM (SELECT *${transform} FROM (${from}))))))`,
    good: members.map((m, i) => `v${i} AS ${quoteName(m.field.name)}`).join(', '),
    reason: reasonOf(members, wrong),
    unreadable,
  }
}

function shapeText(names: readonly string[], shape: string): string {
  if (!names.includes('__proto__')) return shape
  return `{${names.map((n) => `${JSON.stringify(n)}:"JSON"`).join(',')}}`
}

const unreadable = quoteText('json.malformed\nthe record is no JSON')

const tooDeep = quoteText(`json.depth\nthe record nests deeper than ${maxJsonDepth} levels`)

function reasonOf(members: readonly Member[], wrong: (i: number, m: Member) => string): string {
  const cases = members.map((m, i) => {
    const type = m.field.type.kind
    const missing = `WHEN x${i} IS NULL THEN ${quoteText(`json.required\n${m.field.name}: the value is missing`)}`
    const invalid = `ELSE ${quoteText(`json.type\n${m.field.name}: `)} || left(${unmark(`x${i}`)}, 200) || ${quoteText(` is no ${type}`)}`
    return `WHEN ${wrong(i, m)} THEN CASE ${missing} ${invalid} END`
  })
  return `CASE WHEN j IS NULL THEN ${unreadable} WHEN ${strictness} THEN 'json.malformed' || chr(10) || 'a comma before a closing bracket' WHEN NOT starts_with(ltrim(j, ' \t\r'), '{') THEN 'json.record' || chr(10) || 'the record is no JSON object: ' || left(j, 80) WHEN ${isDeep('j')} THEN ${tooDeep} ${cases.join(' ')} END`
}

/** Prints the reading of newline-delimited JSON: one `j` per non-blank line, NULL where it is no JSON, and its `file`. */
export function readRecords(files: readonly FileHead[]): string {
  const parts = (['none', 'gzip', 'zstd'] as const).flatMap((compression) => {
    const paths = files.filter((f) => f.size > 0 && f.compression === compression).map((f) => f.path)
    if (paths.length === 0) return []
    return [
      `SELECT CAST(json AS VARCHAR) AS j, filename AS file FROM read_json_objects(${pathList(paths)}, hive_partitioning = false, format = 'newline_delimited', ignore_errors = true, filename = true, compression = '${compression === 'none' ? 'uncompressed' : compression}', maximum_object_size = ${maxRecordBytes})`,
    ]
  })
  return parts.length === 0
    ? 'SELECT CAST(NULL AS VARCHAR) AS j, CAST(NULL AS VARCHAR) AS file WHERE FALSE'
    : parts.join(' UNION ALL ')
}
