import { quoteName, quoteText } from '../function/dialect.ts'
import type { LogicalType } from '../plan/type.ts'
import type { NulPolicy } from './contract.ts'
import { withoutNul } from './nul.ts'

/** DuckDB writes years before the first as `0044-03-15 (BC)`, PostgreSQL as `0044-03-15 BC`. */
export const printEra = (x: string): string =>
  `CASE WHEN ${x} < DATE '0001-01-01' THEN replace(CAST(${x} AS VARCHAR), ' (BC)', ' BC') ELSE CAST(${x} AS VARCHAR) END`

/** What becomes of NUL characters in a value, and the column that it is of. */
export interface JsonContext {
  readonly nul: NulPolicy
  readonly column: string
}

const quoted = (x: string): string => `'"' || ${x} || '"'`

/**
 * Prints a value as JSON text, NULL for NULL. Lists are arrays, structs objects, maps arrays of `{"key": …, "value": …}`;
 * numbers keep all their digits, NaN and the infinities are the strings `"NaN"`, `"Infinity"`, `"-Infinity"`, bytes are
 * hexadecimal, dates, times and timestamps (with `Z`) are ISO 8601 as far as they have years of four digits.
 */
export function printJson(x: string, type: LogicalType, c: JsonContext, depth = 0): string {
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
      return quoted(printEra(x))
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
