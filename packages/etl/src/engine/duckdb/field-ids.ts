import { quoteName } from '../../function/dialect.ts'
import type { IdField } from '../contract.ts'

/** Prints the FIELD_IDS option of a Parquet COPY. */
export function fieldIds(schema: readonly IdField[]): string {
  return `{${schema.map((f) => `${quoteName(f.name)}: ${idOf(f)}`).join(', ')}}`
}

function idOf(field: IdField): string {
  const nested = field.nested ?? []
  if (nested.length === 0) return String(field.id)
  const names =
    field.type.kind === 'list'
      ? ['element']
      : field.type.kind === 'map'
        ? ['key', 'value']
        : nested.map((n) => n.name)
  const members = nested.map((n, i) => `${quoteName(names[i] ?? n.name)}: ${idOf(n)}`)
  return `{__duckdb_field_id: ${field.id}, ${members.join(', ')}}`
}
