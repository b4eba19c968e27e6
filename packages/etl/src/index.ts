export * from './author/config.ts'
export { byProfile, setProfile } from './author/profile.ts'
export { sql } from './author/sql/tag.ts'
export type { SqlQuery, TableDeclaration } from './author/table.ts'
export type { TargetDeclaration } from './author/target.ts'
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
export { grok, type GrokOptions, type MultilineOptions } from './connector/grok.ts'
export { http, type HttpIncremental, type HttpOptions, type HttpPagination } from './connector/http.ts'
export { httpApi, type HttpApi, type HttpApiOptions, type HttpAuth } from './connector/http-api.ts'
export {
  dynamodbExport,
  type DynamodbExportOptions,
  type DynamodbExportPlace,
} from './connector/dynamodb-export.ts'
export { type ChangeMode, dynamodb, type DynamodbOptions, type DynamodbPlace } from './connector/dynamodb.ts'
export { jsonArray, ndjson } from './connector/json.ts'
export {
  mysql,
  type MysqlOptions,
  type MysqlServer,
  mysqlServer,
  type MysqlServerOptions,
} from './connector/mysql.ts'
export { mmdb } from './connector/mmdb.ts'
export { type ChangeColumns, mysqlChanges, type MysqlChangesOptions } from './connector/mysql-changes.ts'
export { type PostgresPlace, postgresTable, type PostgresTableOptions } from './connector/postgres-table.ts'
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
export type { S3Options } from './store/s3/options.ts'
export * from './step/index.ts'
export { duckdbFile, type DuckdbWarehouse } from './target/duckdb.ts'
export { postgres, type PostgresOptions, type PostgresWarehouse } from './target/postgres.ts'
export type { RedshiftLayout } from './target/redshift/layout.ts'
export {
  redshift,
  type RedshiftDataApi,
  type RedshiftHost,
  type RedshiftOptions,
  type RedshiftPlace,
  type RedshiftWarehouse,
} from './target/redshift.ts'
