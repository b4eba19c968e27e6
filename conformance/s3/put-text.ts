import { etagOf, nowSecond } from './server/bucket.ts'
import type { S3Server } from './server/index.ts'

/** Puts an object into a test server from inside, as an upstream system would. */
export function putText(
  server: S3Server,
  bucket: string,
  key: string,
  content: string | Buffer,
  modifiedMs: number = nowSecond(),
): void {
  const bytes = Buffer.from(content)
  const etag = etagOf(bytes, undefined)
  const rest = { encryption: undefined, checksum: undefined, contentType: undefined }
  server.buckets.get(bucket)?.put(key, { bytes, etag, modifiedMs, ...rest })
}
