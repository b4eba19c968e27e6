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
const numberPattern = String.raw`-?[0-9]+\.[0-9]+(?:[eE][-+]?[0-9]+)?`

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
 * Prints the JSON text of a member with all digits of its numbers (some of them marked): `extracted` unless `record`,
 * the whole record, has numbers that a double may not hold. `pointer` finds the member again.
 */
export function exactMember(extracted: string, record: string, pointer: string): string {
  const wide = `regexp_matches(${record}, ${quoteText(longFraction)}) OR regexp_matches(${extracted}, ${quoteText(wideNumber)})`
  const again = `nullif(CAST(json_extract(${markNumbers(record)}, ${quoteText(pointer)}) AS VARCHAR), 'null')`
  return `CASE WHEN ${extracted} IS NULL THEN NULL WHEN ${wide} THEN ${again} ELSE CAST(${extracted} AS VARCHAR) END`
}

/** Prints the text inside a JSON string; only strings with escapes are parsed. */
export function unquote(x: string): string {
  return `CASE WHEN contains(${x}, '\\') THEN json_extract_string(${x}, '$') ELSE trim(${x}, '"') END`
}

const marked = (x: string): string => `starts_with(${x}, ${quoteText(`"${mark.escaped}`)})`
const scalarText = (x: string): string => `replace(trim(${x}, '"'), ${quoteText(mark.escaped)}, '')`

/** Prints JSON text with the marks taken off. */
export function unmark(x: string): string {
  return `regexp_replace(${x}, ${quoteText(`"\\\\u0001#(${numberPattern})"`)}, '\\1', 'g')`
}

/** JSON text with the marks taken off and no number that JSON does not have. */
function jsonText(x: string): string {
  const strange = `regexp_matches(regexp_replace(${x}, ${quoteText(stringPattern)}, '', 'g'), '[NI]')`
  return `CASE WHEN (contains(${x}, 'N') OR contains(${x}, 'I')) AND ${strange} THEN NULL WHEN contains(${x}, ${quoteText(mark.escaped)}) THEN ${unmark(x)} ELSE ${x} END`
}

function textValue(x: string): string {
  return `CASE WHEN starts_with(${x}, '"') AND NOT ${marked(x)} THEN ${unquote(x)} END`
}

/** Prints a JSON text as SQL NULL where it says `null`. */
const present = (x: string): string => `nullif(CAST(${x} AS VARCHAR), 'null')`

function listValue(x: string, element: LogicalType, options: TextOptions, depth: number): string {
  const name = `e${depth}`
  const items = `json_transform(${x}, '["JSON"]')`
  const value = jsonValue(element, present(name), options, depth + 1)
  const bad = `len(list_filter(${items}, lambda ${name}: ${present(name)} IS NOT NULL AND (${value}) IS NULL)) > 0`
  return `CASE WHEN ${x} IS NULL OR NOT starts_with(${x}, '[') THEN NULL WHEN ${bad} THEN NULL ELSE list_transform(${items}, lambda ${name}: ${value}) END`
}

function structValue(
  x: string,
  type: Extract<LogicalType, { kind: 'struct' }>,
  options: TextOptions,
  depth: number,
): string {
  const members = type.fields.map((f) => {
    const text = present(`json_extract(${x}, ${quoteText(pointerTo([f.name]))})`)
    const value = jsonValue(f.type, text, options, depth)
    const bad = f.nullable ? `(${text} IS NOT NULL AND (${value}) IS NULL)` : `(${value}) IS NULL`
    return { name: f.name, value, bad }
  })
  const pack = members.map((m) => `${quoteName(m.name)} := ${m.value}`).join(', ')
  const bad = members.map((m) => m.bad).join(' OR ')
  return `CASE WHEN ${x} IS NULL OR NOT starts_with(${x}, '{') THEN NULL WHEN ${bad} THEN NULL ELSE struct_pack(${pack}) END`
}

function mapValue(
  x: string,
  type: Extract<LogicalType, { kind: 'map' }>,
  options: TextOptions,
  depth: number,
): string {
  if (type.key.kind !== 'text')
    throw new EtlError('config.invalid', 'a map read from JSON has keys of type text')
  const name = `e${depth}`
  const keys = `json_keys(${x})`
  const escaped = `'/' || replace(replace(${name}, '~', '~0'), '/', '~1')`
  const text = present(`json_extract(${x}, ${escaped})`)
  const value = jsonValue(type.value, text, options, depth + 1)
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
export function jsonValue(type: LogicalType, x: string, options: TextOptions = {}, depth = 0): string {
  switch (type.kind) {
    case 'text':
      return textValue(x)
    case 'json':
      return `CAST(${jsonText(x)} AS JSON)`
    case 'float64':
      return `CASE WHEN starts_with(${x}, 'N') OR starts_with(${x}, 'I') OR starts_with(${x}, '-I') THEN NULL ELSE ${parseText(type, scalarText(x), options)} END`
    case 'list':
      return listValue(x, type.element, options, depth)
    case 'struct':
      return `CAST(${structValue(x, type, options, depth)} AS ${sqlType(type, 'duckdb')})`
    case 'map':
      return mapValue(x, type, options, depth)
    case 'decimal':
      return parseText(type, scalarText(x), options)
    default:
      return parseText(type, `trim(${x}, '"')`, options)
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
