import { createHash, createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { S3Error } from './error.ts'

/** A key pair that the server knows. */
export interface KeyPair {
  readonly id: string
  readonly secret: string
  /** Temporary credentials carry a token and end. */
  readonly token?: string
  readonly expiresMs?: number
}

const hash = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Uint8Array, data: string): Buffer =>
  createHmac('sha256', key).update(data).digest()

/** How far the clocks of client and server may be apart. */
const skewMs = 15 * 60_000

/**
 * Verifies the signature of a request's headers. The body is judged apart by `x-amz-content-sha256`, which is signed.
 * Source: S3 API reference, "Authenticating Requests: Using the Authorization Header (AWS Signature Version 4)".
 */
export function verifySignature(request: IncomingMessage, keys: readonly KeyPair[]): void {
  const [, id, scope = '', names = '', given = ''] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/.exec(
      request.headers.authorization ?? '',
    ) ?? []
  const key = keys.find((k) => k.id === id)
  if (id === undefined) throw new S3Error('AccessDenied', 'the request is not signed')
  if (key === undefined) throw new S3Error('InvalidAccessKeyId')
  const stamp = String(request.headers['x-amz-date'])
  checkTime(stamp)
  const [date = '', region = '', service = ''] = scope.split('/')
  if (service !== 's3' || !stamp.startsWith(date)) throw new S3Error('SignatureDoesNotMatch', scope)
  const canonical = canonicalRequest(request, names.split(';'))
  const text = ['AWS4-HMAC-SHA256', stamp, scope, hash(canonical)].join('\n')
  const signing = [region, service, 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${key.secret}`, date))
  const expected = hmac(signing, text)
  if (!timingSafeEqual(expected, Buffer.from(given, 'hex'))) throw new S3Error('SignatureDoesNotMatch')
  if (key.token !== undefined && request.headers['x-amz-security-token'] !== key.token)
    throw new S3Error('InvalidToken')
  if ((key.expiresMs ?? Infinity) <= Date.now())
    throw new S3Error('ExpiredToken', 'The provided token has expired.')
}

function checkTime(stamp: string): void {
  const at = Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'))
  if (!(Math.abs(Date.now() - at) <= skewMs)) throw new S3Error('RequestTimeTooSkewed')
}

function canonicalRequest(request: IncomingMessage, names: readonly string[]): string {
  for (const needed of ['host', 'x-amz-content-sha256', 'x-amz-date'])
    if (!names.includes(needed)) throw new S3Error('AccessDenied', `the header ${needed} is not signed`)
  for (const name of Object.keys(request.headers))
    if (name.startsWith('x-amz-') && !names.includes(name))
      throw new S3Error('AccessDenied', `the header ${name} is not signed`)
  const [path = '/', query = ''] = (request.url ?? '/').split('?', 2)
  const parameters = query
    .split('&')
    .filter((p) => p !== '')
    .map((p) => (p.includes('=') ? p : `${p}=`))
    .toSorted()
  const headers = names.map(
    (name) =>
      `${name}:${String(request.headers[name] ?? '')
        .trim()
        .replaceAll(/ +/g, ' ')}\n`,
  )
  return [
    request.method,
    path,
    parameters.join('&'),
    headers.join(''),
    names.join(';'),
    request.headers['x-amz-content-sha256'],
  ].join('\n')
}
