import { type DuckDBType, DuckDBTypeId } from '@duckdb/node-api'
import {
  bool,
  bytes,
  date,
  decimal,
  field,
  float64,
  int16,
  int32,
  int64,
  int8,
  json,
  list,
  type LogicalType,
  map,
  struct,
  text,
  time,
  timestamp,
  uint64,
  uuid,
} from '../../plan/type.ts'

/** How a DuckDB result type enters the plan. */
export type ImportedType =
  /** `cast`: the DuckDB type that the column must be cast to first, losing nothing. */
  | { readonly type: LogicalType; readonly cast?: string }
  /** The plan has no such type; `cast` is what the user may write. */
  | { readonly problem: string; readonly cast: string }

const plain: Partial<Record<DuckDBTypeId, LogicalType>> = {
  [DuckDBTypeId.BOOLEAN]: bool,
  [DuckDBTypeId.TINYINT]: int8,
  [DuckDBTypeId.SMALLINT]: int16,
  [DuckDBTypeId.INTEGER]: int32,
  [DuckDBTypeId.BIGINT]: int64,
  [DuckDBTypeId.UBIGINT]: uint64,
  [DuckDBTypeId.DOUBLE]: float64,
  [DuckDBTypeId.BLOB]: bytes,
  [DuckDBTypeId.DATE]: date,
  [DuckDBTypeId.TIME]: time,
  [DuckDBTypeId.TIMESTAMP]: timestamp,
  [DuckDBTypeId.UUID]: uuid,
}

const widened: Partial<Record<DuckDBTypeId, { readonly type: LogicalType; readonly cast: string }>> = {
  [DuckDBTypeId.HUGEINT]: { type: decimal(38, 0), cast: 'DECIMAL(38,0)' },
  [DuckDBTypeId.UTINYINT]: { type: int16, cast: 'SMALLINT' },
  [DuckDBTypeId.USMALLINT]: { type: int32, cast: 'INTEGER' },
  [DuckDBTypeId.UINTEGER]: { type: int64, cast: 'BIGINT' },
  [DuckDBTypeId.FLOAT]: { type: float64, cast: 'DOUBLE' },
  [DuckDBTypeId.ENUM]: { type: text, cast: 'VARCHAR' },
  [DuckDBTypeId.SQLNULL]: { type: int32, cast: 'INTEGER' },
  [DuckDBTypeId.TIMESTAMP_S]: { type: timestamp, cast: 'TIMESTAMP' },
  [DuckDBTypeId.TIMESTAMP_MS]: { type: timestamp, cast: 'TIMESTAMP' },
}

const suggestions: Partial<Record<DuckDBTypeId, string>> = {
  [DuckDBTypeId.TIMESTAMP_TZ]: "(x AT TIME ZONE 'UTC')",
  [DuckDBTypeId.TIMESTAMP_NS]: 'CAST(x AS TIMESTAMP)',
  [DuckDBTypeId.TIME_TZ]: 'CAST(x AS TIME)',
  [DuckDBTypeId.INTERVAL]: 'epoch(x)',
  [DuckDBTypeId.UHUGEINT]: 'CAST(x AS DECIMAL(38,0))',
  [DuckDBTypeId.BIGNUM]: 'CAST(x AS DECIMAL(38,0))',
}

const refused = (type: DuckDBType): ImportedType => ({
  problem: `the plan has no type for ${type.toString()}`,
  cast: suggestions[type.typeId] ?? 'CAST(x AS VARCHAR)',
})

/** A nested member must be storable as it is: a cast of the whole is left to the user. */
function nested(
  type: DuckDBType,
  members: readonly DuckDBType[],
  build: (types: readonly LogicalType[]) => LogicalType,
): ImportedType {
  const types: LogicalType[] = []
  for (const member of members) {
    const imported = importType(member)
    if ('problem' in imported || imported.cast !== undefined) return refused(type)
    types.push(imported.type)
  }
  return { type: build(types) }
}

/** Converts a DuckDB result type to a logical type. */
export function importType(type: DuckDBType): ImportedType {
  const simple = plain[type.typeId]
  if (simple !== undefined) return { type: simple }
  const wider = widened[type.typeId]
  if (wider !== undefined) return wider
  switch (type.typeId) {
    case DuckDBTypeId.VARCHAR:
      return { type: type.alias === 'JSON' ? json : text }
    case DuckDBTypeId.DECIMAL:
      return { type: decimal(type.width, type.scale) }
    case DuckDBTypeId.LIST:
      return nested(type, [type.valueType], ([element = text]) => list(element))
    case DuckDBTypeId.MAP:
      return nested(type, [type.keyType, type.valueType], ([key = text, value = text]) => map(key, value))
    case DuckDBTypeId.STRUCT: {
      const names = type.entryNames
      return nested(type, type.entryTypes, (types) => struct(types.map((t, i) => field(names[i] ?? '', t))))
    }
    default:
      return refused(type)
  }
}
