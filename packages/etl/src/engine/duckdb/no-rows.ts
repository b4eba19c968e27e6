import { fileURLToPath } from 'node:url'

/**
 * A Parquet file without rows. A scan by field id of one file has one thread, because the engine looks for row groups only
 * where it takes the schema from the file; of two files it has all. So this is the second. As the runner of Spark, it lies
 * at one place in the sources and in the package. Source: duckdb-iceberg#709, which found the same.
 */
export const noRowsFile: string = fileURLToPath(
  new URL('../../../src/engine/duckdb/no-rows.parquet', import.meta.url),
)
