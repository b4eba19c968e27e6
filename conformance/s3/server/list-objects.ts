import { type Answer, answer, element, escapeXml, xml } from './answer.ts'
import type { Bucket } from './bucket.ts'
import type { Call } from './call.ts'
import { S3Error } from './error.ts'

const pageKeys = 1000

/** ListObjectsV2: keys in the order of their UTF-8 bytes, in pages. Source: S3 API reference, "ListObjectsV2". */
export function listObjects(bucket: Bucket, call: Call): Answer {
  const get = (name: string): string => call.parameters.get(name) ?? ''
  const prefix = get('prefix')
  const delimiter = get('delimiter')
  const max = Math.min(pageKeys, get('max-keys') === '' ? pageKeys : Number(get('max-keys')))
  const from = get('continuation-token') === '' ? get('start-after') : decodeToken(get('continuation-token'))
  const encode = get('encoding-type') === 'url' ? encodeUrl : escapeXml
  const contents: string[] = []
  const folders = new Set<string>()
  let last = from
  let isTruncated = false
  for (const key of bucket.keysAfter(from)) {
    if (!key.startsWith(prefix)) {
      if (Buffer.compare(Buffer.from(key), Buffer.from(prefix)) > 0) break
      continue
    }
    const cut = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length)
    const folder = cut < 0 ? undefined : key.slice(0, cut + delimiter.length)
    // A page that ended with a folder goes on after all of its keys.
    if (folder !== undefined && (folders.has(folder) || (from.startsWith(folder) && from !== prefix)))
      continue
    if (contents.length + folders.size >= max) {
      isTruncated = true
      break
    }
    last = key
    if (folder === undefined) contents.push(contentOf(bucket, key, encode))
    else folders.add(folder)
  }
  const body = [
    element('Name', escapeXml(call.bucket)),
    element('Prefix', encode(prefix)),
    element('KeyCount', String(contents.length + folders.size)),
    element('MaxKeys', String(max)),
    element('IsTruncated', String(isTruncated)),
    isTruncated ? element('NextContinuationToken', encodeToken(last)) : '',
    ...contents,
    ...[...folders].map((f) => element('CommonPrefixes', element('Prefix', encode(f)))),
  ]
  return answer(200, { 'content-type': 'application/xml' }, xml(element('ListBucketResult', ...body)))
}

function contentOf(bucket: Bucket, key: string, encode: (text: string) => string): string {
  const object = bucket.objects.get(key)
  if (object === undefined) throw new S3Error('InternalError', `${key} is sorted but not there`)
  return element(
    'Contents',
    element('Key', encode(key)),
    element('LastModified', new Date(object.modifiedMs).toISOString()),
    element('ETag', escapeXml(object.etag)),
    element('Size', String(object.bytes.length)),
    element('StorageClass', 'STANDARD'),
  )
}

const encodeToken = (key: string): string => Buffer.from(key).toString('base64url')

function decodeToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString()
  if (encodeToken(key) !== token)
    throw new S3Error('InvalidArgument', 'The continuation token provided is incorrect')
  return key
}

/** As S3 does it, a space is a plus. */
const encodeUrl = (text: string): string => encodeURIComponent(text).replaceAll('%20', '+')
