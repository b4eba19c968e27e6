import * as type from '../../plan/type.ts'
import type { LogicalType } from '../../plan/type.ts'

/** A column as `information_schema` describes it, in lower case. */
export interface DescribedColumn {
  readonly name: string
  /** `decimal` */
  readonly dataType: string
  /** `decimal(10,2) unsigned` */
  readonly columnType: string
  readonly precision: number
  readonly scale: number
  /** MariaDB keeps JSON in text columns that must be valid. */
  readonly isJson: boolean
}

/** The type that holds every value of a column, and what should be known of it. */
export interface InferredType {
  readonly type: LogicalType
  readonly remark?: string
}

const integers = [type.int8, type.int16, type.int32, type.int64] as const
const integerSizes: Readonly<Record<string, number>> = {
  tinyint: 0,
  smallint: 1,
  mediumint: 2,
  int: 2,
  bigint: 3,
}
const texts = ['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'inet4', 'inet6']
const binaries = ['binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob']
const geometries = [
  'geometry',
  'point',
  'linestring',
  'polygon',
  'multipoint',
  'multilinestring',
  'multipolygon',
  'geometrycollection',
  'geomcollection',
]

function integerOf({ dataType, columnType }: DescribedColumn): InferredType | undefined {
  const size = integerSizes[dataType]
  if (size === undefined) return undefined
  if (columnType.startsWith('tinyint(1)'))
    return { type: type.int8, remark: 'tinyint(1): 0 and 1, but other numbers too' }
  const isUnsigned = columnType.includes('unsigned')
  // Three bytes without a sign fit into four with one.
  const larger = isUnsigned && dataType !== 'mediumint' ? size + 1 : size
  return { type: integers[larger] ?? type.uint64 }
}

/** The exact type of a column; text with a remark where there is none. */
export function inferMysqlType(column: DescribedColumn): InferredType {
  const { dataType, columnType, precision, scale, isJson } = column
  const integer = integerOf(column)
  if (integer !== undefined) return integer
  if (dataType === 'decimal') {
    if (precision <= 38) return { type: type.decimal(precision, scale) }
    return { type: type.text, remark: `${columnType} has more than 38 digits: as text it stays exact` }
  }
  if (isJson || dataType === 'json') return { type: type.json }
  if (texts.includes(dataType)) return { type: type.text }
  if (binaries.includes(dataType)) {
    const mayBeUuid = columnType === 'binary(16)'
    return { type: type.bytes, ...(mayBeUuid ? { remark: 'binary(16): uuid() if it holds UUIDs' } : {}) }
  }
  if (geometries.includes(dataType)) return { type: type.bytes, remark: 'geometry as WKB; text() gives WKT' }
  switch (dataType) {
    case 'float':
      return { type: type.float64, remark: 'float: the double that it stands for' }
    case 'double':
      return { type: type.float64 }
    case 'date':
      return { type: type.date }
    case 'datetime':
      return { type: type.timestamp, remark: 'datetime has no zone: taken as UTC' }
    case 'timestamp':
      return { type: type.timestamp }
    case 'time':
      return { type: type.text, remark: 'time from -838 to 838 hours: time() if it is a time of day' }
    case 'year':
      return { type: type.int16 }
    case 'bit':
      return { type: type.uint64, remark: `${columnType} as a number` }
    case 'enum':
    case 'set':
      return { type: type.text, remark: columnType.length > 80 ? dataType : columnType }
    case 'uuid':
      return { type: type.uuid }
    default:
      return { type: type.text, remark: `${columnType} is not known: as text` }
  }
}
