import type { S3Client } from '@aws-sdk/client-s3'
import { parseAddress } from '../address.ts'
import { loadSdk } from './client.ts'
import { s3Failure } from './failure.ts'
import { pauseAfter } from '../../base/backoff.ts'

/** Keys that one call may delete. */
const deletedAtOnce = 1_000
const maxAttempts = 5
/** Codes of single keys that may go at the next attempt. Source: S3 API reference, "Error responses". */
const passing = new Set([
  'InternalError',
  'OperationAborted',
  'RequestTimeout',
  'ServiceUnavailable',
  'SlowDown',
])

/**
 * Deletes objects. A call of 1,000 keys succeeds although some of them failed, which the SDK does not repeat: those go
 * again, up to four times. Keys that are refused for good do not keep the others from going.
 */
export async function deleteAll(client: S3Client, addresses: readonly string[]): Promise<void> {
  let refused: unknown
  for (const [bucket, all] of Map.groupBy(addresses, (address) => parseAddress(address).bucket)) {
    const keys = all.map((address) => parseAddress(address).key)
    for (let from = 0; from < keys.length; from += deletedAtOnce) {
      const why = await deleteSome(client, bucket, keys.slice(from, from + deletedAtOnce))
      refused ??= why
    }
  }
  if (refused !== undefined) throw refused
}

/** Returns why keys could not be deleted; a call that fails as a whole throws. */
async function deleteSome(client: S3Client, bucket: string, keys: readonly string[]): Promise<unknown> {
  const { DeleteObjectsCommand } = await loadSdk()
  let refused: unknown
  let left = keys
  for (let attempt = 1; ; attempt++) {
    const Objects = left.map((Key) => ({ Key }))
    const { Errors = [] } = await client
      .send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } }))
      .catch((error: unknown) => {
        throw s3Failure(error, `deleting ${left.length} objects of s3://${bucket}`)
      })
    const again = attempt === maxAttempts ? [] : Errors.filter(({ Code = '' }) => passing.has(Code))
    const [lost, ...others] = Errors.filter((error) => !again.includes(error))
    if (lost !== undefined) {
      const beside = others.length === 0 ? '' : ` and ${others.length} others`
      const error = Object.assign(new Error(lost.Message), { name: lost.Code })
      refused ??= s3Failure(error, `deleting s3://${bucket}/${lost.Key}${beside}`)
    }
    if (again.length === 0) return refused
    left = again.flatMap(({ Key }) => Key ?? [])
    await pauseAfter(attempt, { firstMs: 200 })
  }
}
