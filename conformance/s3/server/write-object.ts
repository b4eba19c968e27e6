import { createHash, randomUUID } from 'node:crypto'
import { type Answer, answer, element, escapeXml, textsOf, unescapeXml, xml } from './answer.ts'
import type { Body } from './body.ts'
import { type Bucket, type Condition, type Encryption, etagOf, nowSecond, sameEtag } from './bucket.ts'
import type { Call } from './call.ts'
import { type S3Code, S3Error } from './error.ts'
import { checksumHeaders, encryptionHeaders } from './read-object.ts'

const minPartBytes = 5 * 2 ** 20
const maxParts = 10_000

export function encryptionOf(call: Call): Encryption | undefined {
  const algorithm = call.headers['x-amz-server-side-encryption']
  const kmsKey = call.headers['x-amz-server-side-encryption-aws-kms-key-id']
  if (algorithm === undefined) return undefined
  if (algorithm !== 'AES256' && algorithm !== 'aws:kms')
    throw new S3Error('InvalidArgument', 'no such encryption')
  if (String(kmsKey).includes('missing'))
    throw new S3Error('KMS.NotFoundException', `Key '${String(kmsKey)}' does not exist`)
  return { algorithm, kmsKey: algorithm === 'aws:kms' ? String(kmsKey ?? 'aws/s3') : undefined }
}

/** PutObject. Source: S3 API reference, "PutObject"; user guide, "conditional writes". */
export function putObject(bucket: Bucket, call: Call, body: Body, condition: Condition): Answer {
  const encryption = encryptionOf(call)
  bucket.check(call.key, condition)
  const { bytes, checksum } = body
  const etag = etagOf(bytes, encryption)
  const contentType = call.headers['content-type']
  bucket.put(call.key, { bytes, etag, modifiedMs: nowSecond(), encryption, checksum, contentType })
  return answer(200, { etag, ...encryptionHeaders(encryption), ...checksumHeaders(checksum) })
}

/** CreateMultipartUpload. */
export function createUpload(bucket: Bucket, call: Call): Answer {
  const id = randomUUID()
  const encryption = encryptionOf(call)
  const contentType = call.headers['content-type']
  bucket.uploads.set(id, { key: call.key, encryption, contentType, parts: new Map() })
  const names = [
    element('Bucket', escapeXml(call.bucket)),
    element('Key', escapeXml(call.key)),
    element('UploadId', id),
  ]
  return answer(200, encryptionHeaders(encryption), xml(element('InitiateMultipartUploadResult', ...names)))
}

function uploadOf(bucket: Bucket, call: Call): NonNullable<ReturnType<Bucket['uploads']['get']>> {
  const upload = bucket.uploads.get(call.parameters.get('uploadId') ?? '')
  if (upload?.key !== call.key) throw new S3Error('NoSuchUpload')
  return upload
}

/** UploadPart: a part of the same number replaces the earlier one. */
export function uploadPart(bucket: Bucket, call: Call, body: Body): Answer {
  const upload = uploadOf(bucket, call)
  const number = Number(call.parameters.get('partNumber'))
  if (!(Number.isInteger(number) && number >= 1 && number <= maxParts)) throw new S3Error('InvalidArgument')
  const etag = etagOf(body.bytes, upload.encryption)
  upload.parts.set(number, { bytes: body.bytes, etag })
  return answer(200, { etag, ...encryptionHeaders(upload.encryption), ...checksumHeaders(body.checksum) })
}

export function abortUpload(bucket: Bucket, call: Call): Answer {
  uploadOf(bucket, call)
  bucket.uploads.delete(call.parameters.get('uploadId') ?? '')
  return answer(204)
}

/** CompleteMultipartUpload, with the conditions of PutObject. Source: S3 API reference, "CompleteMultipartUpload". */
export function completeUpload(bucket: Bucket, call: Call, body: Body, condition: Condition): Answer {
  const upload = uploadOf(bucket, call)
  const listed = textsOf(body.bytes.toString(), 'Part').map((part) => ({
    number: Number(textsOf(part, 'PartNumber')[0]),
    etag: unescapeXml(textsOf(part, 'ETag')[0] ?? ''),
  }))
  if (listed.length === 0) throw new S3Error('MalformedXML')
  if (listed.some(({ number }, i) => number <= (listed[i - 1]?.number ?? 0)))
    throw new S3Error('InvalidPartOrder')
  const parts = listed.map(({ number, etag }, i) => {
    const part = upload.parts.get(number)
    if (part === undefined || !sameEtag(etag, part.etag)) throw new S3Error('InvalidPart')
    if (i < listed.length - 1 && part.bytes.length < minPartBytes) throw new S3Error('EntityTooSmall')
    return part
  })
  bucket.check(call.key, condition)
  const digests = parts.map((p) => Buffer.from(p.etag.replaceAll('"', ''), 'hex'))
  const etag = `"${createHash('md5').update(Buffer.concat(digests)).digest('hex')}-${parts.length}"`
  const { encryption, contentType } = upload
  bucket.put(call.key, {
    bytes: Buffer.concat(parts.map((p) => p.bytes)),
    etag,
    modifiedMs: nowSecond(),
    encryption,
    checksum: undefined,
    contentType,
  })
  bucket.uploads.delete(call.parameters.get('uploadId') ?? '')
  const result = [
    element('Bucket', escapeXml(call.bucket)),
    element('Key', escapeXml(call.key)),
    element('ETag', escapeXml(etag)),
  ]
  return answer(200, encryptionHeaders(encryption), xml(element('CompleteMultipartUploadResult', ...result)))
}

/** Deleting what is not there is a success; so for DeleteObjects. */
export function deleteObject(bucket: Bucket, call: Call): Answer {
  bucket.delete(call.key)
  return answer(204)
}

/** A key that `refusing` names a code for stays, and the call succeeds for the others. */
export function deleteObjects(
  bucket: Bucket,
  call: Call,
  body: Body,
  refusing: (key: string) => S3Code | undefined,
): Answer {
  if (body.checksum === undefined && call.headers['content-md5'] === undefined)
    throw new S3Error('InvalidRequest', 'Missing required header for this request: Content-MD5')
  const keys = textsOf(body.bytes.toString(), 'Key').map(unescapeXml)
  if (keys.length === 0 || keys.length > 1000) throw new S3Error('MalformedXML')
  const quiet = textsOf(body.bytes.toString(), 'Quiet')[0] === 'true'
  const results = keys.flatMap((key) => {
    const named = element('Key', escapeXml(key))
    const code = refusing(key)
    if (code !== undefined) return [element('Error', named, element('Code', code), element('Message', code))]
    bucket.delete(key)
    return quiet ? [] : [element('Deleted', named)]
  })
  return answer(200, {}, xml(element('DeleteResult', ...results)))
}
