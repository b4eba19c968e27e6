export * from './author/config.ts'
export { sql } from './author/sql/tag.ts'
export type { SqlQuery, TableDeclaration } from './author/table.ts'
export * from './author/typescript/index.ts'
export { askedVariables, setVariables, variable } from './author/variable.ts'
export * from './base/index.ts'
export { accessLog } from './connector/access-log.ts'
export {
  bool,
  bytes,
  date,
  decimal,
  float64,
  int16,
  int32,
  int64,
  int8,
  json,
  list,
  map,
  struct,
  text,
  time,
  timestamp,
  uint64,
  uuid,
} from './connector/column.ts'
export { csv } from './connector/csv.ts'
export { jsonArray, ndjson } from './connector/json.ts'
export {
  mysql,
  type MysqlOptions,
  type MysqlServer,
  mysqlServer,
  type MysqlServerOptions,
} from './connector/mysql.ts'
export { type ChangeColumns, mysqlChanges, type MysqlChangesOptions } from './connector/mysql-changes.ts'
export { parquet } from './connector/parquet.ts'
export {
  type AwsJobOptions,
  emrServerless,
  type EmrServerlessOptions,
  glue,
  type GlueOptions,
  type JobOptions,
  type SparkJob,
  sparkSubmit,
  type SparkSubmitOptions,
} from './engine/spark/job/declare.ts'
export * from './step/index.ts'
