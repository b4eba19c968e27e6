import type { LogicalType } from '../../plan/type.ts'

/** The type of a column, that under its domain: `typname`, and what kind of type it is. */
export interface PostgresType {
  readonly name: string
  readonly isArray: boolean
  readonly isComposite: boolean
}

const numbers = ['int2', 'int4', 'int8', 'numeric', 'float4', 'float8', 'oid']

/** Years of four digits: what the staged form of times has. BC would lose its era, an infinite time its text. */
export const timestampText = (x: string): string =>
  `CASE WHEN ${x} >= timestamp '0001-01-01' AND ${x} < timestamp '10000-01-01' THEN to_char(${x}, 'YYYY-MM-DD HH24:MI:SS.US') ELSE CAST(${x} AS text) END`

const only = (kind: string, ...types: readonly string[]): string =>
  `${types.join(' or ')} is declared as ${kind}, not this type`

function numberOf(x: string, name: string, kind: LogicalType['kind']): string | undefined {
  if (name === 'money') return `CAST(${x} AS numeric)`
  // The text of a real shows six digits or so; as a double it shows all it stands for.
  if (name === 'float4' && kind === 'float64') return `CAST(${x} AS float8)`
  return [...numbers, 'text', 'varchar'].includes(name) ? x : undefined
}

/** SQL of a value in the text that a declared type is read from, or why there is none. */
export function valueText(
  x: string,
  { name, isArray, isComposite }: PostgresType,
  { kind }: LogicalType,
): { readonly sql: string } | { readonly problem: string } {
  const sql = ((): string | undefined => {
    switch (kind) {
      case 'bytes':
        // Lines of 76 characters are how MIME wants it.
        return name === 'bytea' ? `translate(encode(${x}, 'base64'), chr(10), '')` : undefined
      case 'bool':
        return name === 'bool' ? `CAST(${x} AS text)` : name === 'text' || name === 'varchar' ? x : undefined
      case 'date':
        return ['date', 'text', 'varchar'].includes(name) ? x : undefined
      case 'time':
        return name === 'time'
          ? `to_char(CAST(${x} AS interval), 'HH24:MI:SS.US')`
          : ['text', 'varchar'].includes(name)
            ? x
            : undefined
      case 'timestamp':
        if (name === 'timestamptz') return timestampText(`(${x} AT TIME ZONE 'UTC')`)
        if (name === 'timestamp') return timestampText(x)
        return ['text', 'varchar'].includes(name) ? x : undefined
      case 'uuid':
        return ['uuid', 'text', 'varchar', 'bpchar'].includes(name) ? x : undefined
      case 'json':
        if (isArray || isComposite) return `CAST(to_json(${x}) AS text)`
        return ['json', 'jsonb', 'text', 'varchar'].includes(name) ? x : undefined
      case 'text':
        return name === 'bytea' ? undefined : x
      default:
        return isArray ? undefined : numberOf(x, name, kind)
    }
  })()
  return sql === undefined
    ? { problem: only(kind, ...fitting(kind)).replace('not this type', `not ${name}`) }
    : { sql }
}

/** The types that a kind is declared for, as messages name them. */
function fitting(kind: LogicalType['kind']): readonly string[] {
  switch (kind) {
    case 'bytes':
      return ['bytea']
    case 'bool':
      return ['boolean']
    case 'text':
      return ['anything but bytea']
    case 'date':
    case 'time':
    case 'uuid':
      return [kind]
    case 'timestamp':
      return ['timestamp', 'timestamptz']
    case 'json':
      return ['json', 'jsonb', 'an array', 'a composite value']
    default:
      return ['a number']
  }
}
