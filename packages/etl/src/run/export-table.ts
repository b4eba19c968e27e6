import { EtlError } from '../base/errors.ts'
import type { Engine, ExportResult } from '../engine/contract.ts'
import type { AsOf, LakeTable } from '../lake/contract.ts'
import { openS3, type S3Options } from '../store/s3/index.ts'
import { type ExportTarget, exportTo } from './export-target.ts'

/** Writes a table of the lake, as it is or was, as plain files. Fails with `plan.unknown-column` on a wrong partition column. */
export async function exportTable(
  engine: Engine,
  table: LakeTable,
  target: ExportTarget & { readonly asOf?: AsOf; readonly s3?: S3Options | undefined },
): Promise<ExportResult> {
  await using objects = openS3(target.s3)
  const { asOf } = target
  const schema = asOf === undefined ? table.schema : table.schemaAt(asOf)
  for (const column of target.partitionBy ?? []) {
    if (schema.some((f) => f.name === column)) continue
    throw new EtlError('plan.unknown-column', `${table.name} has no column "${column}" to partition by`, {
      hint: `Columns: ${schema.map((f) => f.name).join(', ')}`,
    })
  }
  const files = await table.files(asOf === undefined ? {} : { asOf })
  const columns = schema.map(({ name, type, nullable }) => ({ name, type, nullable }))
  return await exportTo(
    engine,
    {
      plan: { kind: 'scan', input: table.name, schema: columns },
      inputs: new Map([[table.name, { kind: 'lake', files, schema }]]),
    },
    target,
    objects,
  )
}
