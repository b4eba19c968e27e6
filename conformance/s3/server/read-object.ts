import { type Answer, answer } from './answer.ts'
import { type Bucket, sameEtag, type StoredObject } from './bucket.ts'
import type { Call } from './call.ts'
import { S3Error } from './error.ts'

/** GetObject and HeadObject. Source: S3 API reference, "GetObject", "HeadObject"; RFC 9110, section 14. */
export function readObject(bucket: Bucket, call: Call): Answer {
  const object = bucket.objects.get(call.key)
  if (object === undefined) throw new S3Error('NoSuchKey', 'The specified key does not exist.')
  const { 'if-match': ifMatch, 'if-none-match': ifNoneMatch, range } = call.headers
  if (ifMatch !== undefined && !sameEtag(ifMatch, object.etag)) throw new S3Error('PreconditionFailed')
  if (ifNoneMatch !== undefined && sameEtag(ifNoneMatch, object.etag))
    return answer(304, { etag: object.etag })
  const span = range === undefined ? undefined : spanOf(range, object.bytes.length)
  const bytes = span === undefined ? object.bytes : object.bytes.subarray(span.start, span.end)
  const wantsChecksum = call.headers['x-amz-checksum-mode'] === 'ENABLED' && span === undefined
  return answer(
    span === undefined ? 200 : 206,
    {
      'accept-ranges': 'bytes',
      'content-length': String(bytes.length),
      'content-type': object.contentType ?? 'binary/octet-stream',
      'content-range': span && `bytes ${span.start}-${span.end - 1}/${object.bytes.length}`,
      etag: object.etag,
      'last-modified': new Date(object.modifiedMs).toUTCString(),
      ...encryptionHeaders(object.encryption),
      ...(wantsChecksum ? checksumHeaders(object.checksum) : {}),
    },
    call.operation === 'HeadObject' ? '' : bytes,
  )
}

export const encryptionHeaders = (
  encryption: StoredObject['encryption'],
): Readonly<Record<string, string | undefined>> => ({
  'x-amz-server-side-encryption': encryption?.algorithm ?? 'AES256',
  'x-amz-server-side-encryption-aws-kms-key-id': encryption?.kmsKey,
})

export const checksumHeaders = (checksum: StoredObject['checksum']): Readonly<Record<string, string>> =>
  checksum === undefined
    ? {}
    : { [`x-amz-checksum-${checksum.algorithm}`]: checksum.value, 'x-amz-checksum-type': 'FULL_OBJECT' }

/** `end` is exclusive. A range that S3 does not understand is no range. */
function spanOf(range: string, length: number): { readonly start: number; readonly end: number } | undefined {
  const [, first = '', last = ''] = /^bytes=(\d*)-(\d*)$/.exec(range) ?? []
  if (first === '' && last === '') return undefined
  const start = first === '' ? Math.max(0, length - Number(last)) : Number(first)
  const end = first === '' || last === '' ? length : Math.min(length, Number(last) + 1)
  if (start >= length || end <= start) throw new S3Error('InvalidRange')
  return { start, end }
}
