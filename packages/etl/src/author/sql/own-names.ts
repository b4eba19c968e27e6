import { findFunction } from '../../function/catalogue.ts'
import type { FunctionDefinition } from '../../function/contract.ts'
import { quoteName, sqlType } from '../../function/dialect.ts'
import type { Kind, LogicalType } from '../../plan/type.ts'
import { type QueryAst, walkAst } from './ast.ts'

/** Functions of the catalogue that SQL may call by their own names, because DuckDB has none of these names. */
export const ownNames: ReadonlySet<string> = new Set(
  `
    decdiv decmul idiv from_minor_units to_minor_units round_half_even to_decimal to_float64 to_int8
    to_int16 to_int32 to_int64 to_uint64 to_bool to_date to_text format_number format_timestamp
    parse_int8 parse_int16 parse_int32 parse_int64 parse_uint64 parse_decimal parse_float64 parse_bool
    parse_uuid parse_date parse_timestamp parse_time parse_json capitalize proper collapse_space
    is_blank null_if_blank join_text append pad_left pad_right remove_symbols mask regex_match
    regex_find regex_replace_first regex_replace_all day_of_year iso_week iso_year iso_dow bucket_start
    add_days add_months add_hours add_minutes add_seconds elapsed epoch_seconds from_epoch_seconds
    from_epoch_ms json_text json_int json_decimal json_float json_bool json_get url_part url_param
    ip_to_int int_to_ip ip_key cidr_first cidr_last
  `
    .trim()
    .split(/\s+/),
)

/** The catalogue-only functions that a query calls, each once. */
export function ownNamesIn(root: QueryAst): readonly string[] {
  const found = new Set<string>()
  walkAst(root, (part) => {
    const name = part['class'] === 'FUNCTION' ? String(part['function_name']).toLowerCase() : ''
    if (ownNames.has(name)) found.add(name)
  })
  return [...found]
}

/** Variadic functions are declared for at most this many arguments. */
const mostArguments = 12

function macroBody(definition: FunctionDefinition, names: readonly string[]): string {
  const isNull = names.map((n) => `${n} IS NULL`).join(' OR ')
  if (typeof definition.returns === 'number')
    return `CASE WHEN ${isNull} THEN NULL ELSE ${names[definition.returns]} END`
  const kind = definition.returns as Kind
  const type = (kind === 'decimal' ? { kind, precision: 38, scale: 3 } : { kind }) as LogicalType
  return `CASE WHEN ${isNull} THEN CAST(NULL AS ${sqlType(type, 'duckdb')}) END`
}

/**
 * Declares a catalogue-only function to the binder: a macro of the right arguments and kind that computes nothing. The
 * exact type comes from the catalogue when the query is translated.
 */
export function macroOf(name: string): string | undefined {
  const definition = findFunction(name)
  if (definition === undefined) return undefined
  const required = definition.params.filter((p) => p.optional !== true).length
  const most = definition.params.at(-1)?.variadic === true ? mostArguments : definition.params.length
  const overloads = Array.from({ length: most - required + 1 }, (_, extra) => {
    const names = Array.from({ length: required + extra }, (_unused, i) => `a${i}`)
    return `(${names.join(', ')}) AS ${macroBody(definition, names)}`
  })
  return `CREATE OR REPLACE MACRO ${quoteName(name)} ${overloads.join(', ')}`
}
