import type { SourceColumn } from '../../plan/source.ts'
import type { LogicalType } from '../../plan/type.ts'
import type { Take } from './chunk.ts'
import { takeDate, takeTime, takeTimestamp } from './moment.ts'
import { takeDecimal, takeDouble, takeInt64, takeSmall, takeUint64 } from './number.ts'
import { exceptNulls, takeBool, takeBytes, takeJson, takeText, takeUuid } from './text.ts'

/** Leaves every value to the engine's readers. */
const takeNothing: Take = () => false

/**
 * How a column's values are read, as its declaration says; undefined for types that are not. Layouts of dates that are
 * declared are known to the engine only.
 */
export function takeOf(type: LogicalType, column: SourceColumn): Take | undefined {
  const take = column.formats === undefined ? takeOfType(type, column) : takeNothing
  const { nulls = [] } = column
  return take === undefined || nulls.length === 0 ? take : exceptNulls(take, nulls)
}

function takeOfType(type: LogicalType, column: SourceColumn): Take | undefined {
  switch (type.kind) {
    case 'int8':
      return takeSmall(8)
    case 'int16':
      return takeSmall(16)
    case 'int32':
      return takeSmall(32)
    case 'int64':
      return takeInt64()
    case 'uint64':
      return takeUint64()
    case 'decimal':
      return takeDecimal(type.precision, type.scale)
    case 'float64':
      return takeDouble
    case 'date':
      return takeDate
    case 'time':
      return takeTime()
    case 'timestamp':
      return takeTimestamp()
    case 'text':
      return takeText
    case 'json':
      return takeJson
    case 'bytes':
      return takeBytes
    case 'bool':
      return takeBool(column.trueValues ?? ['true'], column.falseValues ?? ['false'])
    case 'uuid':
      return takeUuid
    default:
      return undefined
  }
}
