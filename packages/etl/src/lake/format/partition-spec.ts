import { EtlError } from '../../base/errors.ts'
import type { IdField, PartitionField, Transform } from '../../engine/contract.ts'
import type { IcebergSchema, Metadata, PartitionSpec, SpecField } from './metadata.ts'
import { specById } from './metadata.ts'
import { primitiveOf } from './schema.ts'
import { checkTransform, parseTransform, printTransform, resultType } from './transform.ts'

/** One field of a spec with what is needed to read and write its values. */
export interface BoundField {
  readonly fieldId: number
  readonly sourceId: number
  readonly name: string
  /** Undefined for `void`: the value is always NULL. */
  readonly transform: Transform | undefined
  readonly sourceType: string
  readonly resultType: string
}

/** Numbers the fields of a new spec; a field that an earlier spec had keeps its id (specification, "Partition Evolution"). */
export function buildSpec(
  partition: readonly PartitionField[],
  schema: IcebergSchema,
  earlier: readonly PartitionSpec[],
  lastPartitionId: number,
): { readonly fields: readonly SpecField[]; readonly lastPartitionId: number } {
  let last = lastPartitionId
  const names = new Set<string>()
  const fields = partition.map((field): SpecField => {
    const column = schema.fields.find((c) => c.name.toLowerCase() === field.column.toLowerCase())
    if (column === undefined) {
      throw new EtlError(
        'lake.invalid',
        `partition field ${field.name} names the unknown column ${field.column}`,
      )
    }
    const clash = schema.fields.find((c) => c.name === field.name && c !== column)
    const hidesColumn = column.name === field.name && field.transform.kind !== 'identity'
    if (names.has(field.name) || clash !== undefined || hidesColumn) {
      throw new EtlError('lake.invalid', `the name ${field.name} of a partition field is taken`)
    }
    names.add(field.name)
    checkTransform(field.transform, primitiveOf(schema, column.id), field.column)
    const transform = printTransform(field.transform)
    const known = earlier
      .flatMap((spec) => spec.fields)
      .find((f) => f['source-id'] === column.id && f.transform === transform)
    if (known === undefined) last += 1
    return { 'source-id': column.id, 'field-id': known?.['field-id'] ?? last, name: field.name, transform }
  })
  return { fields, lastPartitionId: last }
}

/** Whether two specs cut a table alike. */
export function sameSpec(a: readonly SpecField[], b: readonly SpecField[]): boolean {
  const text = (fields: readonly SpecField[]): string =>
    JSON.stringify(fields.map((f) => [f['source-id'], f['field-id'], f.name, f.transform]))
  return text(a) === text(b)
}

/** Resolves the types of a spec's fields; the source column may since have been dropped. */
export function bindSpec(metadata: Metadata, specId: number): readonly BoundField[] {
  const newestFirst = [
    ...metadata.schemas.filter((s) => s['schema-id'] === metadata['current-schema-id']),
    ...metadata.schemas.toReversed(),
  ]
  return specById(metadata, specId).fields.map((field) => {
    const found = newestFirst.map((s) => primitiveOf(s, field['source-id'])).find((t) => t !== undefined)
    const transform = parseTransform(field.transform)
    if (transform === undefined && field.transform !== 'void') {
      throw new EtlError('lake.unsupported', `partition transform ${field.transform} is not known`)
    }
    const sourceType = found ?? 'int'
    return {
      fieldId: field['field-id'],
      sourceId: field['source-id'],
      name: field.name,
      transform,
      sourceType,
      resultType: resultType(transform, sourceType),
    }
  })
}

/** The default spec in terms of the current column names, without void fields. */
export function partitionOf(metadata: Metadata, schema: readonly IdField[]): readonly PartitionField[] {
  return specById(metadata, metadata['default-spec-id']).fields.flatMap((field) => {
    const transform = parseTransform(field.transform)
    const column = schema.find((c) => c.id === field['source-id'])
    return transform === undefined || column === undefined
      ? []
      : [{ name: field.name, column: column.name, transform }]
  })
}
