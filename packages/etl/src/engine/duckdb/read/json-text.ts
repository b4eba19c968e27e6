import { EtlError } from '../../../base/errors.ts'
import { quoteText, sqlType } from '../../../function/dialect.ts'
import { printExpression } from '../../../function/print.ts'
import { resolveCall } from '../../../function/resolve.ts'
import type { Expression, LiteralValue } from '../../../plan/expression.ts'
import type { SourceColumn } from '../../../plan/source.ts'
import { int32, type LogicalType, text, typeName } from '../../../plan/type.ts'

/** How texts of a column are read, apart from its type. */
export type TextOptions = Pick<SourceColumn, 'formats' | 'trueValues' | 'falseValues'>

const literal = (value: LiteralValue, type: LogicalType): Expression => ({
  kind: 'literal',
  value,
  type,
  nullable: false,
})

function parseCall(name: string, sql: string, extra: readonly Expression[] = []): string {
  const input: Expression = { kind: 'column', name: 'input', type: text, nullable: true }
  const resolved = resolveCall(name, [input, ...extra])
  if ('problem' in resolved) throw new EtlError('config.invalid', resolved.problem)
  return printExpression(resolved.expression, 'duckdb', () => sql)
}

function formatted(name: string, sql: string, options: TextOptions): string {
  return parseCall(
    name,
    sql,
    (options.formats ?? []).map((f) => literal(f, text)),
  )
}

const uuidPattern = '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'

function parseBool(sql: string, options: TextOptions): string {
  if (options.trueValues === undefined || options.falseValues === undefined)
    return parseCall('parse_bool', sql)
  const among = (values: readonly string[]): string =>
    values.length === 0 ? 'FALSE' : `${sql} IN (${values.map(quoteText).join(', ')})`
  return `CASE WHEN ${among(options.trueValues)} THEN TRUE WHEN ${among(options.falseValues)} THEN FALSE END`
}

/**
 * Prints the reading of a text as a value of a scalar type by the catalogue's parse functions: NULL iff the text is no
 * such value (or NULL). `sql` is evaluated more than once. Fails with `config.invalid` for nested types.
 */
export function parseText(type: LogicalType, sql: string, options: TextOptions = {}): string {
  switch (type.kind) {
    case 'text':
    case 'json':
      return sql
    case 'int64':
      return parseCall('parse_int64', sql)
    case 'int8':
    case 'int16':
    case 'int32':
      return `TRY_CAST(${parseCall('parse_int64', sql)} AS ${sqlType(type, 'duckdb')})`
    case 'uint64':
      return `TRY_CAST(${parseCall('parse_decimal', sql, [literal('20', int32), literal('0', int32)])} AS UBIGINT)`
    case 'decimal': {
      const size = [literal(String(type.precision), int32), literal(String(type.scale), int32)]
      return parseCall('parse_decimal', sql, size)
    }
    case 'float64':
      return parseCall('parse_float64', sql)
    case 'bool':
      return parseBool(sql, options)
    case 'date':
      return formatted('parse_date', sql, options)
    case 'time':
      return `CASE WHEN regexp_full_match(${sql}, '\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,6})?)?') THEN TRY_CAST(${sql} AS TIME) END`
    case 'timestamp':
      return formatted('parse_timestamp', sql, options)
    case 'uuid':
      return `CASE WHEN regexp_full_match(${sql}, '${uuidPattern}') THEN TRY_CAST(${sql} AS UUID) END`
    case 'bytes':
      return `TRY(from_base64(${sql}))`
    default:
      throw new EtlError('config.invalid', `text cannot be read as ${typeName(type)}`)
  }
}
