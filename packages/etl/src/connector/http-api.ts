import { EtlError } from '../base/errors.ts'
import type { SecretReference } from '../base/secret.ts'

/** How requests say who asks. Secrets are references; they are read when a fetch begins, and again after an answer of 401. */
export type HttpAuth =
  | { readonly kind: 'bearer'; readonly token: SecretReference }
  | { readonly kind: 'basic'; readonly user: string; readonly password: SecretReference }
  /** A key in a header of its own, such as `X-Api-Key`. */
  | { readonly kind: 'header'; readonly name: string; readonly value: SecretReference }
  /** OAuth 2.0 client credentials (RFC 6749, section 4.4). */
  | {
      readonly kind: 'oauth2'
      readonly tokenUrl: string
      readonly clientId: string
      readonly clientSecret: SecretReference
      readonly scope?: string
      readonly audience?: string
      /** Where the client's id and secret stand: in the header `Authorization` (default), or in the body. */
      readonly sendAs?: 'header' | 'body'
    }

/** An HTTP API, as a declaration refers to it: pure data. */
export interface HttpApi {
  readonly kind: 'http-api'
  /** What all paths are relative to. */
  readonly url: string
  readonly auth?: HttpAuth
  /** Sent with every request. Not for secrets. */
  readonly headers?: Readonly<Record<string, string>>
  /** Host names that may lead to private or loopback addresses, and be asked without encryption. */
  readonly allowPrivate: readonly string[]
  /** All tables of one process together ask a host no oftener. */
  readonly requestsPerSecond?: number
  /** How often a request is tried before its failure is told. */
  readonly attempts: number
  /** The longest wait that the service may ask for between two attempts. */
  readonly maxWaitMs: number
  /** Time for one whole answer. */
  readonly timeoutMs: number
  /** The largest body, unpacked. */
  readonly maxBodyBytes: number
  /** Path of a file with the certificates of who vouches for the server, in place of the usual authorities. */
  readonly ca?: string
}

/** How an API is reached. Five attempts, waits of up to 5 minutes, 2 minutes and 1 GiB for an answer unless said otherwise. */
export type HttpApiOptions = Partial<Omit<HttpApi, 'kind'>> & Pick<HttpApi, 'url'>

const ownHeaders = ['authorization', 'proxy-authorization', 'cookie', 'host', 'accept-encoding']

/**
 * Names an HTTP API. Nothing connects before a run, a plan or a probe.
 *
 * Only public addresses are reached, judged when a connection is made: private, loopback, link-local and other special ones
 * are refused, as are redirects to them, unless `allowPrivate` names the host. Redirects are followed three times at most,
 * never from https to http; another host gets no credentials and none of `headers`.
 *
 * Fails with `config.invalid` on a URL that is not https (http: for hosts in `allowPrivate`) or holds credentials, on headers
 * that are the connector's own, and on numbers out of range.
 */
export function httpApi(options: HttpApiOptions): HttpApi {
  const { allowPrivate = [], attempts = 5, maxWaitMs = 300_000, timeoutMs = 120_000 } = options
  const { requestsPerSecond, auth, headers = {}, maxBodyBytes = 2 ** 30 } = options
  assertUrl('the URL of an API', options.url, allowPrivate)
  if (auth?.kind === 'oauth2') assertUrl('the URL for tokens', auth.tokenUrl, allowPrivate)
  for (const name of [...Object.keys(headers), ...(auth?.kind === 'header' ? [auth.name] : [])]) {
    const isKey = auth?.kind === 'header' && name === auth.name
    if (!/^[\w!#$%&'*+.^`|~-]+$/.test(name) || (!isKey && ownHeaders.includes(name.toLowerCase())))
      throw new EtlError('config.invalid', `"${name}" is no header that may be set`, {
        hint: 'Credentials go to `auth`; the others are set by the connector.',
      })
  }
  const bounds = { attempts: [attempts, 1, 20], maxWaitMs: [maxWaitMs, 0, 3_600_000] } as const
  for (const [name, [value, least, most]] of Object.entries(bounds)) assertWithin(name, value, least, most)
  assertWithin('timeoutMs', timeoutMs, 100, 3_600_000)
  assertWithin('maxBodyBytes', maxBodyBytes, 1, 2 ** 30)
  if (requestsPerSecond !== undefined && !(requestsPerSecond > 0 && requestsPerSecond <= 10_000))
    throw new EtlError('config.invalid', `requestsPerSecond is over 0 to 10000, not ${requestsPerSecond}`)
  return Object.freeze({
    ...options,
    kind: 'http-api',
    allowPrivate,
    attempts,
    maxWaitMs,
    timeoutMs,
    maxBodyBytes,
  })
}

function assertWithin(name: string, value: number, least: number, most: number): void {
  if (!Number.isSafeInteger(value) || value < least || value > most)
    throw new EtlError('config.invalid', `${name} is a whole number from ${least} to ${most}, not ${value}`)
}

function assertUrl(what: string, text: string, allowPrivate: readonly string[]): void {
  const url = URL.parse(text)
  if (url === null || !['https:', 'http:'].includes(url.protocol))
    throw new EtlError('config.invalid', `${what} is an absolute https URL`)
  // The message must not repeat what stands there.
  if (url.username !== '' || url.password !== '')
    throw new EtlError('config.invalid', `${what} holds credentials`, { hint: 'They go to `auth`.' })
  if (url.hash !== '' || url.search !== '')
    throw new EtlError('config.invalid', `${what} has a query or a fragment`, {
      hint: 'Parameters go to `params` of the source.',
    })
  if (url.protocol === 'http:' && !allowPrivate.includes(url.hostname))
    throw new EtlError('config.invalid', `${what} is not encrypted: ${url.origin}`, {
      hint: 'Use https. For a server in your own network name its host in allowPrivate.',
    })
}
