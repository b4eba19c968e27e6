import type { AvroSchema } from './avro.ts'
import { exactLong } from './avro.ts'
import type { BoundField } from './partition-spec.ts'
import { decimalOf } from './schema.ts'
import { decimalBytes } from './single-value.ts'

const optional = (name: string, type: AvroSchema, id: number): AvroSchema => ({
  name,
  type: ['null', type],
  default: null,
  'field-id': id,
})
const required = (name: string, type: AvroSchema, id: number): AvroSchema => ({ name, type, 'field-id': id })

function mapOf(value: AvroSchema, keyId: number, valueId: number): AvroSchema {
  return {
    type: 'array',
    logicalType: 'map',
    items: {
      type: 'record',
      name: `k${keyId}_v${valueId}`,
      fields: [required('key', 'int', keyId), required('value', value, valueId)],
    },
  }
}

const arrayOf = (items: AvroSchema, elementId: number): AvroSchema => ({
  type: 'array',
  items,
  'element-id': elementId,
})

/** The Avro type of a partition value. Source: Iceberg specification, appendix A "Avro". */
function partitionType(field: BoundField): AvroSchema {
  const digits = decimalOf(field.resultType)
  if (digits !== undefined) {
    const { precision, scale } = digits
    const size = decimalBytes(precision)
    return {
      type: 'fixed',
      name: `decimal_${field.fieldId}_${precision}_${scale}`,
      size,
      logicalType: 'decimal',
      precision,
      scale,
    }
  }
  if (field.transform?.kind === 'day') return { type: 'int', logicalType: 'date' }
  switch (field.resultType) {
    case 'boolean':
    case 'int':
    case 'float':
    case 'double':
    case 'string':
      return field.resultType
    case 'long':
      return exactLong
    case 'date':
      return { type: 'int', logicalType: 'date' }
    case 'time':
      return { type: 'long', exact: true, logicalType: 'time-micros' }
    case 'timestamp':
    case 'timestamptz':
      return {
        type: 'long',
        exact: true,
        logicalType: 'timestamp-micros',
        'adjust-to-utc': field.resultType === 'timestamptz',
      }
    case 'uuid':
      return { type: 'fixed', name: `uuid_fixed_${field.fieldId}`, size: 16, logicalType: 'uuid' }
    default:
      return 'bytes'
  }
}

/** Avro names start with a letter or underscore; Iceberg replaces other characters by their code. */
export function avroName(name: string): string {
  const safe = name.replace(
    /[^A-Za-z0-9_]/gu,
    (c) => `_x${(c.codePointAt(0) ?? 0).toString(16).toUpperCase()}`,
  )
  return /^[0-9]/.test(safe) ? `_${safe}` : safe
}

/** The Avro schema of a manifest of a partition spec. Source: specification version 2, "Manifests". */
export function manifestSchema(spec: readonly BoundField[]): AvroSchema {
  const dataFile = [
    required('content', 'int', 134),
    required('file_path', 'string', 100),
    required('file_format', 'string', 101),
    required(
      'partition',
      {
        type: 'record',
        name: 'r102',
        fields: spec.map((f) => optional(avroName(f.name), partitionType(f), f.fieldId)),
      },
      102,
    ),
    required('record_count', 'long', 103),
    required('file_size_in_bytes', 'long', 104),
    optional('column_sizes', mapOf('long', 117, 118), 108),
    optional('value_counts', mapOf('long', 119, 120), 109),
    optional('null_value_counts', mapOf('long', 121, 122), 110),
    optional('nan_value_counts', mapOf('long', 138, 139), 137),
    optional('lower_bounds', mapOf('bytes', 126, 127), 125),
    optional('upper_bounds', mapOf('bytes', 129, 130), 128),
    optional('key_metadata', 'bytes', 131),
    optional('split_offsets', arrayOf('long', 133), 132),
    optional('equality_ids', arrayOf('int', 136), 135),
    optional('sort_order_id', 'int', 140),
  ]
  return {
    type: 'record',
    name: 'manifest_entry',
    fields: [
      required('status', 'int', 0),
      optional('snapshot_id', exactLong, 1),
      optional('sequence_number', 'long', 3),
      optional('file_sequence_number', 'long', 4),
      required('data_file', { type: 'record', name: 'r2', fields: dataFile }, 2),
    ],
  }
}

/** The Avro schema of a manifest list. Source: specification version 2, "Manifest Lists". */
export const manifestListSchema: AvroSchema = {
  type: 'record',
  name: 'manifest_file',
  fields: [
    required('manifest_path', 'string', 500),
    required('manifest_length', 'long', 501),
    required('partition_spec_id', 'int', 502),
    required('content', 'int', 517),
    required('sequence_number', 'long', 515),
    required('min_sequence_number', 'long', 516),
    required('added_snapshot_id', exactLong, 503),
    required('added_files_count', 'int', 504),
    required('existing_files_count', 'int', 505),
    required('deleted_files_count', 'int', 506),
    required('added_rows_count', 'long', 512),
    required('existing_rows_count', 'long', 513),
    required('deleted_rows_count', 'long', 514),
    optional(
      'partitions',
      arrayOf(
        {
          type: 'record',
          name: 'r508',
          fields: [
            required('contains_null', 'boolean', 509),
            optional('contains_nan', 'boolean', 518),
            optional('lower_bound', 'bytes', 510),
            optional('upper_bound', 'bytes', 511),
          ],
        },
        508,
      ),
      507,
    ),
    optional('key_metadata', 'bytes', 519),
  ],
}
