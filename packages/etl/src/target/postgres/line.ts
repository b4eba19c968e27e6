import { quoteName, quoteText } from '../../function/dialect.ts'
import type { Field, Schema } from '../../plan/type.ts'
import type { NulPolicy } from '../contract.ts'
import { printEra, printJson } from '../json-text.ts'
import { withoutNul } from '../nul.ts'

/**
 * How rows are printed, by DuckDB, in the text format of PostgreSQL's COPY: one line a row, columns apart by tabs, `\N` for
 * NULL, a backslash before what would be read otherwise. Source: PostgreSQL 17, "COPY", File Formats.
 */

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
      return printEra(x)
    case 'list':
    case 'map':
    case 'struct':
      return escape(printJson(x, type, { nul, column: name }))
    default:
      return x
  }
}
