import { createHash, createHmac } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

/** The one key pair that the emulated services know. */
export const credentials = { id: 'AKIDEXAMPLE00000', secret: 'wJalrXUtnFEMI/K7MDENG' } as const

const hash = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex')
const hmac = (key: string | Uint8Array, data: string): Buffer =>
  createHmac('sha256', key).update(data).digest()
const encode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (c) => `%${(c.codePointAt(0) ?? 0).toString(16).toUpperCase()}`,
  )

/**
 * Verifies the signature of a request and returns the service it is signed for; undefined when it is wrong. Source: AWS
 * Signature Version 4, "Create a signed AWS API request".
 */
export function signedFor(request: IncomingMessage, body: Uint8Array): string | undefined {
  const header = request.headers.authorization ?? ''
  const [, id, scope = '', names = '', given] =
    /^AWS4-HMAC-SHA256 Credential=([^/]+)\/([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})$/.exec(
      header,
    ) ?? []
  const [date = '', region = '', service = ''] = scope.split('/')
  const url = new URL(request.url ?? '/', 'http://host')
  const query = [...url.searchParams]
    .map(([k, v]) => `${encode(k)}=${encode(v)}`)
    .toSorted()
    .join('&')
  // All services but S3 sign the path encoded once more.
  const path = service === 's3' ? url.pathname : url.pathname.split('/').map(encode).join('/')
  const headers = names
    .split(';')
    .map((name) => `${name}:${String(request.headers[name]).trim().replaceAll(/ +/g, ' ')}\n`)
  const stated = request.headers['x-amz-content-sha256']
  const payload = hash(body)
  if (stated !== undefined && stated !== payload) return undefined
  const canonical = [request.method, path, query, headers.join(''), names, payload].join('\n')
  const text = ['AWS4-HMAC-SHA256', request.headers['x-amz-date'], scope, hash(canonical)].join('\n')
  const key = [region, service, 'aws4_request'].reduce<Buffer>(hmac, hmac(`AWS4${credentials.secret}`, date))
  return id === credentials.id && hmac(key, text).toString('hex') === given ? service : undefined
}
