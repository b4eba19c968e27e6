import { EtlError } from '../../base/errors.ts'
import type { LogicalType } from '../../plan/type.ts'
import type { IdField } from '../contract.ts'

/** A type of Spark in its own JSON notation, which readers, writers and the job runner take as it is. */
export type SparkType = string | SparkArray | SparkMap | SparkStruct

export interface SparkArray {
  readonly type: 'array'
  readonly elementType: SparkType
  readonly containsNull: true
}

export interface SparkMap {
  readonly type: 'map'
  readonly keyType: SparkType
  readonly valueType: SparkType
  readonly valueContainsNull: true
}

export interface SparkStruct {
  readonly type: 'struct'
  readonly fields: readonly SparkField[]
}

export interface SparkField {
  readonly name: string
  readonly type: SparkType
  readonly nullable: true
  /** `parquet.field.id` matches and marks the columns of files. */
  readonly metadata: Readonly<Record<string, number>>
}

const simple: Partial<Record<LogicalType['kind'], string>> = {
  bool: 'boolean',
  int8: 'integer',
  int16: 'integer',
  int32: 'integer',
  int64: 'long',
  uint64: 'decimal(20,0)',
  float64: 'double',
  text: 'string',
  json: 'string',
  bytes: 'binary',
  date: 'date',
  timestamp: 'timestamp_ntz',
  // As they lie in files: microseconds of the day, and 16 bytes.
  time: 'long',
  uuid: 'binary',
}

/** The type of a field of an older file where it differs from the schema's, by field id. */
export type FileTypes = ReadonlyMap<number, string>

/**
 * The schema by which Spark reads and writes lake files: stored types, with field ids wherever Spark has room for them
 * (columns and members of structs; not elements of lists and maps). Every column is nullable.
 */
export function structOf(schema: readonly IdField[], older: FileTypes = new Map()): SparkStruct {
  return {
    type: 'struct',
    fields: schema.map((f) => ({
      name: f.name,
      type: typeOf(f, older),
      nullable: true,
      metadata: { 'parquet.field.id': f.id },
    })),
  }
}

function typeOf(field: IdField, older: FileTypes): SparkType {
  const known = older.get(field.id)
  if (known !== undefined) return known
  const { type, nested = [] } = field
  const member = (i: number, of: LogicalType): SparkType => {
    const found = nested[i]
    // Elements without ids (of schemas that are no lake tables) have no older types either.
    return typeOf(found ?? { name: 'element', type: of, nullable: true, id: -1 }, older)
  }
  switch (type.kind) {
    case 'decimal':
      return `decimal(${type.precision},${type.scale})`
    case 'list':
      return { type: 'array', elementType: member(0, type.element), containsNull: true }
    case 'map':
      return {
        type: 'map',
        keyType: member(0, type.key),
        valueType: member(1, type.value),
        valueContainsNull: true,
      }
    case 'struct':
      return {
        type: 'struct',
        fields: type.fields.map((f, i) => {
          const id = nested[i]?.id
          return {
            name: f.name,
            type: member(i, f.type),
            nullable: true,
            metadata: id === undefined ? {} : { 'parquet.field.id': id },
          }
        }),
      }
    default: {
      const name = simple[type.kind]
      if (name === undefined) throw new EtlError('engine.refused', `spark has no type for ${type.kind}`)
      return name
    }
  }
}
