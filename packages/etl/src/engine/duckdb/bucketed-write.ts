import { EtlError } from '../../base/errors.ts'
import { findField } from '../../plan/type.ts'
import type { WrittenFile } from '../contract.ts'
import type { Lowering } from './booking.ts'
import { printPartitionValue } from './partition.ts'
import { spread } from './spread.ts'
import { writeFiles, type WriteRequest } from './write.ts'

/**
 * Writes partitions bucket by bucket: each partition lies whole in one bucket, and only a bucket's partitions have open
 * files and buffered rows at a time.
 */
export async function writeInBuckets(
  request: WriteRequest,
  l: Lowering,
  doing: string,
): Promise<readonly WrittenFile[]> {
  const values = request.partition.map((p) => {
    const found = findField(request.schema, p.column)
    if (found === undefined)
      throw new EtlError('plan.unknown-column', `partition column "${p.column}" is not in the table`)
    return printPartitionValue(p, found.type)
  })
  const by = `hash(${values.join(', ')}) % ${l.buckets}`
  const buckets = await spread(request.select, request.schema, by, l.buckets, l)
  const files: WrittenFile[] = []
  for (const bucket of buckets) {
    if (bucket.rows === 0) continue
    const written = await writeFiles(l.session, { ...request, select: bucket.sql }, doing)
    files.push(...written.files)
  }
  return files
}
