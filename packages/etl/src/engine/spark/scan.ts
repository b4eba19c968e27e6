import type { IdField, LakeFile } from '../contract.ts'
import { sqlOf } from '../print/sql.ts'
import { storedType } from '../print/stored-type.ts'
import { groupByTypes } from './file-types.ts'
import type { SparkView } from './session.ts'
import { structOf } from './struct-type.ts'

const s = sqlOf.spark

/** Prints a stored column in the type it has in statements. */
function columnOf(field: IdField): string {
  const column = s.name(field.name)
  if (field.type.kind === 'uuid') {
    const groups = String.raw`'^(.{8})(.{4})(.{4})(.{4})(.{12})$', '$1-$2-$3-$4-$5'`
    return `lower(regexp_replace(hex(${column}), ${groups})) AS ${column}`
  }
  // Also where the types are equal: an older file may hold a narrower one.
  return ['int8', 'int16', 'int64', 'decimal', 'list', 'struct', 'map'].includes(field.type.kind)
    ? `CAST(${column} AS ${s.type(field.type.kind === 'uint64' ? storedType(field.type) : field.type)}) AS ${column}`
    : column
}

/**
 * Prints the SELECT of exactly the columns of `schema` over lake files, matched by field id: a file from before a column
 * was added gives NULL, a renamed or widened column is found. The views that it reads are added to `views`. `fileAs` adds
 * the file of each row as a column.
 */
export async function scanLake(
  views: SparkView[],
  files: readonly LakeFile[],
  schema: readonly IdField[],
  options: { readonly name: string; readonly fileAs?: string; readonly signal?: AbortSignal },
): Promise<string> {
  const file = options.fileAs === undefined ? [] : [s.name(options.fileAs)]
  if (files.length === 0) {
    const columns = schema.map((f) => `CAST(NULL AS ${s.type(f.type)}) AS ${s.name(f.name)}`)
    const none = file.map((name) => `CAST(NULL AS STRING) AS ${name}`)
    return `SELECT ${[...columns, ...none].join(', ')} WHERE FALSE`
  }
  const selects: string[] = []
  for (const [i, group] of (await groupByTypes(files, schema, options.signal)).entries()) {
    const name = `${options.name}_${i}`
    views.push({ name, schema: structOf(schema, group.types), files: group.paths.map(uriOf) })
    const columns = [...schema.map(columnOf), ...file.map((as) => `input_file_name() AS ${as}`)]
    selects.push(`SELECT ${columns.join(', ')} FROM ${s.name(name)}`)
  }
  return selects.join(' UNION ALL ')
}

/** The URI by which Spark finds a file or folder of this machine, or of storage mounted alike on all its workers. */
export const uriOf = (path: string): string => `file://${path}`
