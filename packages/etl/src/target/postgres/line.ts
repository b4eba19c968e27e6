import { quoteName, quoteText } from '../../function/dialect.ts'
import type { Field, LogicalType, Schema } from '../../plan/type.ts'
import type { NulPolicy } from '../contract.ts'

/**
 * How rows are printed, by DuckDB, in the text format of PostgreSQL's COPY: one line a row, columns apart by tabs, `\N` for
 * NULL, a backslash before what would be read otherwise. Source: PostgreSQL 17, "COPY", File Formats.
 */

/** What DuckDB says when it meets a NUL character under the policy `refuse`, before the name of the column. */
export const nulMark = 'securecart.nul: '

function withoutNul(x: string, nul: NulPolicy, column: string): string {
  switch (nul) {
    case 'strip':
      return `replace(${x}, chr(0), '')`
    case 'replace':
      return `replace(${x}, chr(0), chr(65533))`
    case 'refuse':
      return `CASE WHEN contains(${x}, chr(0)) THEN error(${quoteText(nulMark + column)}) ELSE ${x} END`
  }
}

const escapes = [
  ['\\', '\\\\'],
  ['\n', '\\n'],
  ['\r', '\\r'],
  ['\t', '\\t'],
] as const

const character = (c: string): string => (c === '\\' ? quoteText(c) : `chr(${c.charCodeAt(0)})`)

const escape = (x: string): string =>
  escapes.reduce((sql, [from, to]) => `replace(${sql}, ${character(from)}, ${quoteText(to)})`, x)

/** Looking for a character costs a fraction of replacing it, and few values have one. */
function printText(x: string, nul: NulPolicy, column: string): string {
  const found = [...escapes.map(([from]) => from), '\0'].map((c) => `contains(${x}, ${character(c)})`)
  return `CASE WHEN ${found.join(' OR ')} THEN ${escape(withoutNul(x, nul, column))} ELSE ${x} END`
}

/** DuckDB writes years before the first as `0044-03-15 (BC)`, PostgreSQL as `0044-03-15 BC`. */
const era = (x: string): string =>
  `CASE WHEN ${x} < DATE '0001-01-01' THEN replace(CAST(${x} AS VARCHAR), ' (BC)', ' BC') ELSE CAST(${x} AS VARCHAR) END`

/**
 * Prints the list of columns that are the fields of a line: text, or of a type whose text PostgreSQL reads to the same value.
 */
export function printFields(columns: Schema, nul: NulPolicy): string {
  return columns.map((f) => `${printField(f, nul)} AS ${quoteName(f.name)}`).join(', ')
}

function printField({ name, type }: Field, nul: NulPolicy): string {
  const x = quoteName(name)
  switch (type.kind) {
    case 'text':
      return printText(x, nul, name)
    case 'json':
      return escape(`CAST(${x} AS VARCHAR)`)
    case 'bytes':
      return `'\\\\x' || lower(hex(${x}))`
    case 'date':
    case 'timestamp':
      return era(x)
    case 'list':
    case 'map':
    case 'struct':
      return escape(printJson(x, type, { nul, column: name }, 0))
    default:
      return x
  }
}

interface JsonContext {
  readonly nul: NulPolicy
  readonly column: string
}

const quoted = (x: string): string => `'"' || ${x} || '"'`

/**
 * Prints a value as JSON text, NULL for NULL. Lists are arrays, structs objects, maps arrays of `{"key": …, "value": …}`;
 * numbers keep all their digits, NaN and the infinities are the strings `"NaN"`, `"Infinity"`, `"-Infinity"`, bytes are
 * hexadecimal, dates, times and timestamps (with `Z`) are ISO 8601 as far as they have years of four digits.
 */
function printJson(x: string, type: LogicalType, c: JsonContext, depth: number): string {
  const item = `v${depth}`
  const inner = (sql: string, of: LogicalType): string =>
    `coalesce(${printJson(sql, of, c, depth + 1)}, 'null')`
  const array = (items: string): string => `'[' || array_to_string(${items}, ',') || ']'`
  switch (type.kind) {
    case 'text':
      return `CAST(to_json(${withoutNul(x, c.nul, c.column)}) AS VARCHAR)`
    case 'float64':
      return `CASE WHEN isfinite(${x}) THEN CAST(${x} AS VARCHAR) WHEN isnan(${x}) THEN '"NaN"' WHEN ${x} > 0 THEN '"Infinity"' WHEN ${x} < 0 THEN '"-Infinity"' END`
    case 'decimal': {
      const shown = `CAST(${x} AS VARCHAR)`
      // DuckDB writes no digit before the point where there is no room for one; JSON wants it.
      return type.precision > type.scale ? shown : `regexp_replace(${shown}, '^(-?)[.]', '\\10.')`
    }
    case 'bytes':
      return quoted(`lower(hex(${x}))`)
    case 'date':
      return quoted(era(x))
    case 'timestamp':
      return quoted(
        `CASE WHEN isfinite(${x}) THEN replace(replace(CAST(${x} AS VARCHAR), ' (BC) ', 'T'), ' ', 'T') || 'Z' || CASE WHEN ${x} < TIMESTAMP '0001-01-01' THEN ' BC' ELSE '' END ELSE CAST(${x} AS VARCHAR) END`,
      )
    case 'time':
    case 'uuid':
      return quoted(`CAST(${x} AS VARCHAR)`)
    case 'list':
      return array(`list_transform(${x}, lambda ${item}: ${inner(item, type.element)})`)
    case 'map': {
      const entry = `'{"key":' || ${inner(`${item}.key`, type.key)} || ',"value":' || ${inner(`${item}.value`, type.value)} || '}'`
      return array(`list_transform(map_entries(${x}), lambda ${item}: ${entry})`)
    }
    case 'struct': {
      const members = type.fields.map(
        (f) => `${quoteText(`${JSON.stringify(f.name)}:`)} || ${inner(`${x}.${quoteName(f.name)}`, f.type)}`,
      )
      return `CASE WHEN ${x} IS NOT NULL THEN '{' || ${members.join(` || ',' || `)} || '}' END`
    }
    default:
      return `CAST(${x} AS VARCHAR)`
  }
}
