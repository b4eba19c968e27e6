import { EtlError } from '../../../base/errors.ts'
import { quoteName, quoteText, sqlType } from '../../../function/dialect.ts'
import type { LogicalType } from '../../../plan/type.ts'
import { parseText, type TextOptions } from './json-text.ts'

/**
 * What marks a number that was quoted to keep all its digits: DuckDB holds JSON numbers with a fraction as doubles.
 * In JSON text it stands as an escape, in an unescaped string as the character.
 */
const mark = { escaped: '\\u0001#', plain: '\u0001#' } as const

/** Numbers that may not survive the way through a double: nine or more digits after the point. */
const longFraction = String.raw`\.[0-9]{9}`
/** Numbers whose printed double says that it may have lost digits. */
const wideNumber = String.raw`[0-9]{8}\.[0-9]|\.[0-9]{9}|[0-9][eE]`

const stringPattern = String.raw`"(?:[^"\\]|\\.)*"`
const numberPattern = String.raw`-?[0-9]+(?:\.[0-9]+(?:[eE][-+]?[0-9]+)?|[eE][-+]?[0-9]+)`

/** Quotes and marks the numbers with a fraction outside of strings; RE2 takes strings first, so they stay as they are. */
function markNumbers(json: string): string {
  const pattern = `(${stringPattern})|(${numberPattern})`
  const tagged = `regexp_replace(${json}, ${quoteText(pattern)}, '\\1' || chr(1) || '\\2' || chr(1), 'g')`
  const strings = `replace(${tagged}, chr(1) || chr(1), '')`
  const opened = `regexp_replace(${strings}, chr(1) || '([-0-9.eE+]+)' || chr(1), ${quoteText(`"\\${mark.escaped}\\1"`)}, 'g')`
  return opened
}

/** Whether values of a type can lose digits in a double: exact decimals and JSON documents. */
export function needsExactNumbers(type: LogicalType): boolean {
  switch (type.kind) {
    case 'decimal':
    case 'json':
      return true
    case 'list':
      return needsExactNumbers(type.element)
    case 'map':
      return needsExactNumbers(type.value)
    case 'struct':
      return type.fields.some((f) => needsExactNumbers(f.type))
    default:
      return false
  }
}

/**
 * Prints whether the source text of a member may have a number with nine or more digits after the point. The pattern
 * begins with the key, which RE2 finds fast; a key that could be written with escapes falls back to the whole record.
 */
function hasLongFraction(record: string, key: string, type: LogicalType): string {
  const anywhere = `regexp_matches(${record}, ${quoteText(longFraction)})`
  if (!/^\w+$/.test(key)) return anywhere
  const value = type.kind === 'decimal' ? '-?[0-9]*' : String.raw`[\[{0-9-].*`
  const behindKey = `regexp_matches(${record}, ${quoteText(`"${key}"\\s*:\\s*${value}${longFraction}`)}, 's')`
  return `(${anywhere} AND (${behindKey} OR regexp_matches(${record}, ${quoteText(String.raw`\\u00[2-7]`)})))`
}

/**
 * Prints the JSON text of a member with all digits of its numbers (some of them marked): `extracted` unless its source
 * text, in the whole `record`, has numbers that a double may not hold.
 */
export function exactMember(
  extracted: string,
  record: string,
  steps: readonly string[],
  type: LogicalType,
): string {
  const printed =
    type.kind === 'decimal'
      ? `strpos(${extracted}, '.') > 8 OR contains(${extracted}, 'e') OR contains(${extracted}, 'E')`
      : `regexp_matches(${extracted}, ${quoteText(wideNumber)})`
  // A number near zero becomes 0 in a double.
  const tiny = `((contains(${record}, 'e-') OR contains(${record}, 'E-')) AND regexp_matches(${record}, '[eE]-[0-9]{3}'))`
  const wide = `NOT starts_with(${extracted}, '"') AND (${printed} OR ${tiny} OR ${hasLongFraction(record, steps.at(-1) ?? '', type)})`
  const again = `nullif(CAST(json_extract(${markNumbers(record)}, ${quoteText(pointerTo(steps))}) AS VARCHAR), 'null')`
  return `CASE WHEN ${extracted} IS NULL THEN NULL WHEN ${wide} THEN ${again} ELSE CAST(${extracted} AS VARCHAR) END`
}

/** Prints a JSON string without its quotes. */
const inside = (x: string): string => `substring(${x}, 2, length(${x}) - 2)`

/** Prints the text inside a JSON string; only strings with escapes are parsed. */
export function unquote(x: string): string {
  return `CASE WHEN contains(${x}, '\\') THEN json_extract_string(${x}, '$') ELSE ${inside(x)} END`
}

/**
 * Prints the reading of a scalar other than text in two steps, each computed once per record: `bare` over the JSON text
 * `x`, and `value` over the column `y` that holds `bare`. Means the same as `jsonValue`; undefined for other types.
 */
export function bareValue(
  type: LogicalType,
  x: string,
  y: string,
  options: TextOptions,
): { readonly bare: string; readonly value: string } | undefined {
  if (needsExactNumbers(type) || ['text', 'float64', 'list', 'struct', 'map'].includes(type.kind))
    return undefined
  return {
    bare: `CASE WHEN starts_with(${x}, '"') THEN ${inside(x)} ELSE ${x} END`,
    value: parseText(type, y, options),
  }
}

const marked = (x: string): string => `starts_with(${x}, ${quoteText(`"${mark.escaped}`)})`
const inQuotes = (x: string): string => `trim(${x}, '"')`
const scalarText = (x: string, exact: boolean): string =>
  exact ? `replace(${inQuotes(x)}, ${quoteText(mark.escaped)}, '')` : inQuotes(x)

/** Prints JSON text with the marks taken off. */
export function unmark(x: string): string {
  return `regexp_replace(${x}, ${quoteText(`"\\\\u0001#(${numberPattern})"`)}, '\\1', 'g')`
}

/** JSON text with the marks taken off and no number that JSON does not have. */
function jsonText(x: string): string {
  const strange = `regexp_matches(regexp_replace(${x}, ${quoteText(stringPattern)}, '', 'g'), '[NI]')`
  return `CASE WHEN (contains(${x}, 'N') OR contains(${x}, 'I')) AND ${strange} THEN NULL WHEN contains(${x}, ${quoteText(mark.escaped)}) THEN ${unmark(x)} ELSE ${x} END`
}

function textValue(x: string, exact: boolean): string {
  return `CASE WHEN starts_with(${x}, '"')${exact ? ` AND NOT ${marked(x)}` : ''} THEN ${unquote(x)} END`
}

/** Prints a JSON text as SQL NULL where it says `null`. */
const present = (x: string): string => `nullif(CAST(${x} AS VARCHAR), 'null')`

function listValue(x: string, element: LogicalType, context: ValueContext): string {
  const name = `e${context.depth}`
  const inner = { ...context, depth: context.depth + 1 }
  const items = `json_transform(${x}, '["JSON"]')`
  const value = valueOf(element, present(name), inner)
  const bad = `len(list_filter(${items}, lambda ${name}: ${present(name)} IS NOT NULL AND (${value}) IS NULL)) > 0`
  return `CASE WHEN ${x} IS NULL OR NOT starts_with(${x}, '[') THEN NULL WHEN ${bad} THEN NULL ELSE list_transform(${items}, lambda ${name}: ${value}) END`
}

function structValue(
  x: string,
  type: Extract<LogicalType, { kind: 'struct' }>,
  context: ValueContext,
): string {
  const members = type.fields.map((f) => {
    const text = present(`json_extract(${x}, ${quoteText(pointerTo([f.name]))})`)
    const value = valueOf(f.type, text, context)
    const bad = f.nullable ? `(${text} IS NOT NULL AND (${value}) IS NULL)` : `(${value}) IS NULL`
    return { name: f.name, value, bad }
  })
  const pack = members.map((m) => `${quoteName(m.name)} := ${m.value}`).join(', ')
  const bad = members.map((m) => m.bad).join(' OR ')
  return `CASE WHEN ${x} IS NULL OR NOT starts_with(${x}, '{') THEN NULL WHEN ${bad} THEN NULL ELSE struct_pack(${pack}) END`
}

function mapValue(x: string, type: Extract<LogicalType, { kind: 'map' }>, context: ValueContext): string {
  if (type.key.kind !== 'text')
    throw new EtlError('config.invalid', 'a map read from JSON has keys of type text')
  const name = `e${context.depth}`
  const inner = { ...context, depth: context.depth + 1 }
  const keys = `json_keys(${x})`
  const escaped = `'/' || replace(replace(${name}, '~', '~0'), '/', '~1')`
  const text = present(`json_extract(${x}, ${escaped})`)
  const value = valueOf(type.value, text, inner)
  const bad = `len(list_filter(${keys}, lambda ${name}: ${text} IS NOT NULL AND (${value}) IS NULL)) > 0`
  const twice = `len(list_distinct(${keys})) <> len(${keys})`
  return `CASE WHEN ${x} IS NULL OR NOT starts_with(${x}, '{') THEN NULL WHEN ${bad} OR ${twice} THEN NULL ELSE map(${keys}, list_transform(${keys}, lambda ${name}: ${value})) END`
}

/**
 * Prints the reading of a member's JSON text as a value of a type: NULL iff it is none (or NULL).
 *
 * Text takes JSON strings only. Numbers, booleans, dates, times, uuids and bytes (base64) are taken from JSON numbers,
 * booleans and strings alike, by the catalogue's parse functions, so nothing is rounded. A list, struct or map is a value
 * only if all its members are; a map needs distinct keys.
 */
export function jsonValue(type: LogicalType, x: string, options: TextOptions = {}): string {
  return valueOf(type, x, { options, exact: needsExactNumbers(type), depth: 0 })
}

/** A list or struct in three steps, each computed once per record: its members' texts, their values, the judged whole. */
export interface StagedValue {
  readonly members: string
  readonly values: string
  readonly judged: string
}

/**
 * Prints the reading of a list or struct in steps: `members` over the JSON text `x`, `values` over the column `y` that
 * holds `members`, and `judged` over `x`, `y` and the column `w` that holds `values`. Undefined for other types. Means the
 * same as `jsonValue`, which would parse the text again for every use of a member.
 */
export function stagedValue(
  type: LogicalType,
  x: string,
  y: string,
  w: string,
  options: TextOptions,
): StagedValue | undefined {
  const context = { options, exact: needsExactNumbers(type), depth: 1 }
  if (type.kind === 'list') {
    const value = valueOf(type.element, present('e0'), context)
    return {
      members: `json_transform(${x}, '["JSON"]')`,
      values: `list_transform(${y}, lambda e0: ${value})`,
      judged: `CASE WHEN list_count(${y}) = list_count(${w}) THEN ${w} END`,
    }
  }
  if (type.kind !== 'struct') return undefined
  const shape = type.fields.map((f) => `${JSON.stringify(f.name)}:"JSON"`).join(',')
  const text = (name: string): string => `CAST(${y}.${quoteName(name)} AS VARCHAR)`
  const values = type.fields.map((f) => `${quoteName(f.name)} := ${valueOf(f.type, text(f.name), context)}`)
  const bad = type.fields.map((f) => {
    const value = `${w}.${quoteName(f.name)}`
    return f.nullable ? `(${text(f.name)} IS NOT NULL AND ${value} IS NULL)` : `${value} IS NULL`
  })
  return {
    members: `json_transform(${x}, ${quoteText(`{${shape}}`)})`,
    values: `struct_pack(${values.join(', ')})`,
    judged: `CASE WHEN ${x} IS NULL OR NOT starts_with(${x}, '{') OR ${bad.join(' OR ')} THEN NULL ELSE CAST(${w} AS ${sqlType(type, 'duckdb')}) END`,
  }
}

interface ValueContext {
  readonly options: TextOptions
  /** Whether numbers in the text may be marked. */
  readonly exact: boolean
  /** How many lambdas stand around. */
  readonly depth: number
}

function valueOf(type: LogicalType, x: string, context: ValueContext): string {
  const parsed = (): string => parseText(type, scalarText(x, context.exact), context.options)
  switch (type.kind) {
    case 'text':
      return textValue(x, context.exact)
    case 'json':
      return `CAST(${jsonText(x)} AS JSON)`
    case 'float64':
      return `CASE WHEN starts_with(${x}, '"') THEN ${parsed()} WHEN contains(${x}, 'N') OR contains(${x}, 'I') OR NOT isfinite(TRY_CAST(${x} AS DOUBLE)) THEN NULL ELSE TRY_CAST(${x} AS DOUBLE) END`
    case 'list':
      return listValue(x, type.element, context)
    case 'struct':
      return `CAST(${structValue(x, type, context)} AS ${sqlType(type, 'duckdb')})`
    case 'map':
      return mapValue(x, type, context)
    default:
      return parsed()
  }
}

/** The JSON pointer (RFC 6901) to a member. */
export function pointerTo(steps: readonly string[]): string {
  return steps.map((s) => `/${s.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/**
 * The steps to a source member: `$.customer.address` and `$."a.b"[0]` are paths, any other text is the name of a
 * member of the record.
 */
export function memberSteps(from: string): readonly string[] {
  if (!/^\$[.[]/.test(from)) return [from]
  const steps: string[] = []
  const pattern = /\.([^.["\]]+)|\."((?:[^"\\]|\\.)*)"|\[(\d+)\]/gy
  let end = 1
  pattern.lastIndex = 1
  for (let m = pattern.exec(from); m !== null; m = pattern.exec(from)) {
    steps.push(m[1] ?? m[2]?.replace(/\\(.)/g, '$1') ?? m[3] ?? '')
    end = pattern.lastIndex
  }
  if (end !== from.length)
    throw new EtlError('config.invalid', `"${from}" is no path; write $.member."odd name"[0]`)
  return steps
}
