import { EtlError } from '../../../base/errors.ts'
import { printExpression } from '../../../function/print.ts'
import { resolveCall } from '../../../function/resolve.ts'
import type { Expression, LiteralValue } from '../../../plan/expression.ts'
import type { SourceColumn } from '../../../plan/source.ts'
import { int32, list, type LogicalType, text, typeName } from '../../../plan/type.ts'

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

function formatted(name: string, sql: string, formats: readonly string[]): string {
  return parseCall(
    name,
    sql,
    formats.map((f) => literal(f, text)),
  )
}

const isoTimes = ['HH:mm:ss', 'HH:mm:ss.SSS', 'HH:mm:ss.SSSSSS', 'HH:mm']

/** ISO 8601 as it occurs: `T` or a space, seconds with 0, 3 or 6 decimals, with or without an offset. */
const isoTimestamps = ["'T'", ' '].flatMap((gap) =>
  ['', '.SSS', '.SSSSSS'].flatMap((fraction) =>
    ['', 'XXX'].map((zone) => `yyyy-MM-dd${gap}HH:mm:ss${fraction}${zone}`),
  ),
)

function parseBool(sql: string, options: TextOptions): string {
  if (options.trueValues === undefined || options.falseValues === undefined)
    return parseCall('parse_bool', sql)
  const lists = [options.trueValues, options.falseValues]
  return parseCall(
    'parse_bool',
    sql,
    lists.map((values) => literal(values, list(text))),
  )
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
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
    case 'uint64':
    case 'float64':
    case 'uuid':
      return parseCall(`parse_${type.kind}`, sql)
    case 'decimal': {
      const size = [literal(String(type.precision), int32), literal(String(type.scale), int32)]
      return parseCall('parse_decimal', sql, size)
    }
    case 'bool':
      return parseBool(sql, options)
    case 'date':
      return formatted('parse_date', sql, options.formats ?? ['yyyy-MM-dd'])
    case 'time':
      return formatted('parse_time', sql, options.formats ?? isoTimes)
    case 'timestamp':
      return formatted('parse_timestamp', sql, options.formats ?? isoTimestamps)
    case 'bytes':
      return `TRY(from_base64(${sql}))`
    default:
      throw new EtlError('config.invalid', `text cannot be read as ${typeName(type)}`)
  }
}
