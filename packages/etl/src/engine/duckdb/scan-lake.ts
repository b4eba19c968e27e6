import { quoteName, quoteText, sqlType } from '../../function/dialect.ts'
import type { IdField, LakeFile } from '../contract.ts'
import { pathList } from './file-path.ts'
import { noRowsFile } from './no-rows.ts'
import { scanName } from './scan-name.ts'
import { sqlOf } from '../print/sql.ts'
import { castColumn, storedType } from '../print/stored-type.ts'

/** Files below this size are not worth a second thread. */
const manyBytes = 2 ** 20

/** The files to name in a scan by field id, so that all threads take part in it. */
function scanPaths(files: readonly LakeFile[]): readonly string[] {
  const [only] = files
  const paths = files.map((f) => f.path)
  const isLarge = files.length === 1 && only !== undefined && only.bytes >= manyBytes
  return isLarge ? [...paths, noRowsFile] : paths
}

/**
 * Prints a scan of lake files with exactly the columns of `schema`, matched by field id: a file written before a
 * column was added gives NULL, a renamed column is found. `rowIds` adds `__row`,
 * a number that identifies each row in every statement over the same files (file index and row number within it).
 */
export function printLakeScan(
  files: readonly LakeFile[],
  schema: readonly IdField[],
  options: { readonly rowIds?: boolean } = {},
): string {
  const rowId =
    options.rowIds === true ? ', (CAST(file_index AS BIGINT) << 40) + file_row_number AS "__row"' : ''
  if (files.length === 0) {
    const columns = schema.map((f) => `CAST(NULL AS ${sqlType(f.type, 'duckdb')}) AS ${quoteName(f.name)}`)
    const ids = options.rowIds === true ? ', 0::BIGINT AS "__row"' : ''
    return `SELECT ${columns.join(', ')}${ids} WHERE false`
  }
  // A scan by field id has no estimate of its own: joins would build their tables from the larger side.
  const rows = files.reduce((sum, f) => sum + f.rows, 0)
  const entries = schema.map(
    (f) =>
      `${f.id}: {name: ${quoteText(scanName(f.name))}, type: ${quoteText(sqlType(storedType(f.type), 'duckdb'))}, default_value: NULL}`,
  )
  const columns = schema.map((f) =>
    castColumn(scanName(f.name), storedType(f.type), f.type, sqlOf.duckdb, f.name),
  )
  return `SELECT ${columns.join(', ')}${rowId} FROM read_parquet(${pathList(scanPaths(files))}, hive_partitioning = false, schema = MAP {${entries.join(', ')}}, explicit_cardinality = ${rows})`
}
