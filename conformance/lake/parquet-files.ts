import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { IdField, PartitionValues } from '../../packages/etl/src/engine/contract.ts'
import type { DataFile, FolderLake } from '../../packages/etl/src/lake/index.ts'
import type { LogicalType } from '../../packages/etl/src/plan/type.ts'

/** The SQL type of a logical type in the data files of the lake. */
export function sqlType(type: LogicalType): string {
  const names: Partial<Record<LogicalType['kind'], string>> = {
    bool: 'BOOLEAN',
    int8: 'INTEGER',
    int16: 'INTEGER',
    int32: 'INTEGER',
    int64: 'BIGINT',
    uint64: 'DECIMAL(20,0)',
    float64: 'DOUBLE',
    text: 'VARCHAR',
    json: 'VARCHAR',
    bytes: 'BLOB',
    date: 'DATE',
    time: 'TIME',
    timestamp: 'TIMESTAMP',
    uuid: 'UUID',
  }
  switch (type.kind) {
    case 'decimal':
      return `DECIMAL(${type.precision},${type.scale})`
    case 'list':
      return `${sqlType(type.element)}[]`
    case 'map':
      return `MAP(${sqlType(type.key)}, ${sqlType(type.value)})`
    case 'struct':
      return `STRUCT(${type.fields.map((f) => `"${f.name}" ${sqlType(f.type)}`).join(', ')})`
    default:
      return names[type.kind] ?? 'VARCHAR'
  }
}

function fieldIds(fields: readonly IdField[]): string {
  const one = (f: IdField): string =>
    f.nested === undefined
      ? `"${f.name}": ${f.id}`
      : `"${f.name}": {__duckdb_field_id: ${f.id}, ${members(f.nested)}}`
  const members = (nested: readonly IdField[]): string => nested.map(one).join(', ')
  return `{${members(fields)}}`
}

/** Writes the rows of a query (columns in schema order) as one Parquet file with field ids. */
export async function writeParquet(
  connection: DuckDBConnection,
  lake: FolderLake,
  table: string,
  schema: readonly IdField[],
  query: string,
  partition: PartitionValues = [],
): Promise<DataFile> {
  const path = join(await lake.newDataFolder(table), 'part-0.parquet')
  const columns = schema.map((f) => `"${f.name}"::${sqlType(f.type)} as "${f.name}"`).join(', ')
  const names = schema.map((f) => `"${f.name}"`).join(', ')
  const result = await connection.runAndReadAll(
    `copy (select ${columns} from (${query}) as q(${names})) to '${path}'
     (format parquet, compression zstd, field_ids ${fieldIds(schema)})`,
  )
  return { path, rows: Number(result.getRows()[0]?.[0]), bytes: (await stat(path)).size, partition }
}

/** SQL that reads data files under a schema by field id, as the lake means them. */
export function readBySchema(files: readonly DataFile[], schema: readonly IdField[]): string {
  const columns = schema.map((f) => `"${f.name}"`).join(', ')
  if (files.length === 0) {
    return `select ${schema.map((f) => `null::${sqlType(f.type)} as "${f.name}"`).join(', ')} limit 0`
  }
  const paths = files.map((f) => `'${f.path.replaceAll("'", "''")}'`).join(', ')
  const byId = schema.map(
    (f) =>
      `${f.id}: {name: '${f.name}', type: '${sqlType(f.type).replaceAll("'", "''")}', default_value: NULL}`,
  )
  return `select ${columns} from read_parquet([${paths}], schema = MAP {${byId.join(', ')}})`
}
