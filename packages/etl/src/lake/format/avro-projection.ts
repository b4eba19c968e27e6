import type { AvroSchema } from './avro.ts'

interface AvroField {
  readonly name: string
  readonly type: AvroSchema
  readonly 'field-id'?: number
}

/** The ids of longs that need all 64 bits: snapshot ids. */
const exactIds = new Set([1, 503])

/** The partition record; its longs may be timestamps or keys of any size. */
const partitionId = 102

/** Names this reader uses, by field id, where writers differ. */
const canonicalNames: ReadonlyMap<number, string> = new Map([
  [504, 'added_files_count'],
  [505, 'existing_files_count'],
  [506, 'deleted_files_count'],
])

/**
 * Adapts a written schema for reading: longs that need it become exact, names become canonical, and the fields whose
 * ids are in `skipped` are left out of the reader. Partition fields are named `p<field id>`, so that any name is safe.
 */
export function projection(
  skipped: ReadonlySet<number>,
): (written: AvroSchema) => { readonly reader: AvroSchema; readonly written: AvroSchema } {
  return (schema) => {
    const written = rewrite(schema, new Set(), false)
    return { written, reader: rewrite(schema, skipped, false) }
  }
}

function rewrite(schema: AvroSchema, skipped: ReadonlySet<number>, exact: boolean): AvroSchema {
  if (schema === 'long') return exact ? { type: 'long', exact: true } : schema
  if (typeof schema === 'string') return schema
  if (Array.isArray(schema)) return schema.map((branch: AvroSchema) => rewrite(branch, skipped, exact))
  const node = schema as { readonly [key: string]: unknown }
  if (node['type'] === 'long') return exact ? { type: 'long', exact: true } : 'long'
  if (node['type'] === 'array') {
    return { type: 'array', items: rewrite(node['items'] as AvroSchema, skipped, exact) }
  }
  if (node['type'] !== 'record') return plain(node)
  const fields = (node['fields'] as readonly AvroField[])
    .filter((field) => !skipped.has(field['field-id'] ?? -1))
    .map((field) => rewriteField(field, skipped, exact))
  return { type: 'record', name: node['name'], fields }
}

function rewriteField(field: AvroField, skipped: ReadonlySet<number>, inPartition: boolean): AvroSchema {
  const id = field['field-id'] ?? -1
  const exact = inPartition || exactIds.has(id) || id === partitionId
  const name = inPartition ? `p${id}` : (canonicalNames.get(id) ?? field.name)
  return { name, type: rewrite(field.type, skipped, exact) }
}

/** Drops logical types and other attributes that mean nothing to the decoder. */
function plain(node: { readonly [key: string]: unknown }): AvroSchema {
  if (node['type'] === 'fixed') return { type: 'fixed', name: node['name'], size: node['size'] }
  if (node['type'] === 'map') return { type: 'map', values: node['values'] }
  return node['type'] as AvroSchema
}
