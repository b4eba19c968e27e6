import type { FileMetaData } from 'hyparquet'
import type { IdField, LakeFile } from '../contract.ts'
import { eachFooter } from './footer.ts'
import type { FileTypes } from './struct-type.ts'

/** Files whose columns lie in the same types. */
export interface FileGroup {
  readonly paths: readonly string[]
  readonly types: FileTypes
}

/** The fields of a schema that Iceberg lets widen: their older files hold narrower numbers. */
function widened(schema: readonly IdField[]): readonly IdField[] {
  return schema.flatMap((f) => [
    ...(f.type.kind === 'int64' || f.type.kind === 'decimal' ? [f] : []),
    ...widened(f.nested ?? []),
  ])
}

/** The narrower type in which a file holds a field, if it does. */
function olderType(field: IdField, footer: FileMetaData): string | undefined {
  const element = footer.schema.find((e) => e.field_id === field.id && e.type !== undefined)
  if (element === undefined) return undefined
  if (field.type.kind === 'int64') return element.type === 'INT32' ? 'integer' : undefined
  if (field.type.kind !== 'decimal' || element.precision === undefined) return undefined
  const { precision, scale } = field.type
  return element.precision === precision ? undefined : `decimal(${element.precision},${scale})`
}

/**
 * Groups files by the types that their columns lie in. Spark 3.5 reads a column in no type but its own, so files from
 * before a column was widened are a relation apart.
 */
export async function groupByTypes(
  files: readonly LakeFile[],
  schema: readonly IdField[],
  signal?: AbortSignal,
): Promise<readonly FileGroup[]> {
  const paths = files.map((f) => f.path)
  const fields = widened(schema)
  if (fields.length === 0) return [{ paths, types: new Map() }]
  const found = await eachFooter(
    paths,
    (footer) =>
      fields.flatMap((f): (readonly [number, string])[] => {
        const type = olderType(f, footer)
        return type === undefined ? [] : [[f.id, type]]
      }),
    signal,
  )
  const groups = new Map<string, { readonly paths: string[]; readonly types: FileTypes }>()
  for (const [i, types] of found.entries()) {
    const key = JSON.stringify(types)
    const group = groups.get(key) ?? { paths: [], types: new Map(types) }
    groups.set(key, group)
    group.paths.push(paths[i] ?? '')
  }
  return [...groups.values()]
}
