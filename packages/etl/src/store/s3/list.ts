import type { S3Client } from '@aws-sdk/client-s3'
import { parseAddress } from '../address.ts'
import type { ObjectInfo } from '../contract.ts'
import { loadSdk } from './client.ts'
import { s3Failure } from './failure.ts'

/** Lists the objects below an address, a page at a time, see `ObjectStore.list`. */
export async function* listObjects(
  client: S3Client,
  address: string,
  signal?: AbortSignal,
): AsyncGenerator<ObjectInfo, void, void> {
  const { ListObjectsV2Command } = await loadSdk()
  const { bucket, key } = parseAddress(address)
  let token: string | undefined
  do {
    // Keys may hold characters that XML cannot.
    const command = new ListObjectsV2Command({
      Bucket: bucket,
      Prefix: key,
      EncodingType: 'url',
      ...(token === undefined ? {} : { ContinuationToken: token }),
    })
    const page = await client.send(command, signal ? { abortSignal: signal } : {}).catch((error: unknown) => {
      throw s3Failure(error, `listing ${address}`)
    })
    for (const { Key = '', Size = 0, LastModified, ETag = '' } of page.Contents ?? []) {
      yield {
        address: `s3://${bucket}/${decodeKey(Key)}`,
        size: Size,
        modifiedMs: LastModified?.getTime() ?? 0,
        etag: ETag,
      }
    }
    token = page.IsTruncated === true ? page.NextContinuationToken : undefined
  } while (token !== undefined)
}

/** Undoes `encoding-type=url`, in which a space is a plus. */
const decodeKey = (key: string): string => decodeURIComponent(key.replaceAll('+', '%20'))
