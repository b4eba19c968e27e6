import {
  BIGINT,
  BLOB,
  BOOLEAN,
  DOUBLE,
  type DuckDBType,
  INTEGER,
  SMALLINT,
  TINYINT,
  UBIGINT,
  VARCHAR,
} from '@duckdb/node-api'
import { sqlType } from '../../function/dialect.ts'
import type { LogicalType } from '../../plan/type.ts'

/** The SQL name under which a row function is registered. */
export const applyName = (id: string): string => `apply_${id}`

/** The DuckDB types in which values cross to and from a function; every other kind crosses as text. */
export const crossing: Partial<Record<LogicalType['kind'], DuckDBType>> = {
  bool: BOOLEAN,
  int8: TINYINT,
  int16: SMALLINT,
  int32: INTEGER,
  int64: BIGINT,
  uint64: UBIGINT,
  float64: DOUBLE,
  text: VARCHAR,
  bytes: BLOB,
}

/** The SQL type in which a value crosses; the printed plan casts from and to it. */
export function crossingType(type: LogicalType): string {
  return crossing[type.kind] === undefined ? 'VARCHAR' : sqlType(type, 'duckdb')
}

/** Nested values cross as JSON text. */
export const isNested = (type: LogicalType): boolean => ['list', 'struct', 'map'].includes(type.kind)
