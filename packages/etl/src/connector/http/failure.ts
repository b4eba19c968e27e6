import { type Code, EtlError, type Retry } from '../../base/index.ts'

const network = [
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ERR_STREAM_PREMATURE_CLOSE',
  // A body that was packed and ends too early.
  'Z_BUF_ERROR',
]
const damaged = ['Z_DATA_ERROR', 'ERR__ERROR_FORMAT_PADDING_1', 'ERR_PADDING_1']

/** A URL as messages show it: without its query, which may hold what is nobody's business. */
export const placeOf = (url: URL): string => `${url.origin}${url.pathname}`

/** A failure of a connection or of unpacking in the terms of the product; what is neither comes back as it is. */
export function httpFailure(error: unknown, url: URL, isLate: boolean): unknown {
  if (error instanceof EtlError) return error
  const { code = '', message = String(error) } = (error ?? {}) as { code?: string; message?: string }
  const as = (to: Code, hint: string, retry: Retry, words = message): EtlError =>
    new EtlError(to, `${placeOf(url)}: ${words}`, { cause: error, hint, retry, params: { errorCode: code } })
  if (isLate || code === 'ETIMEDOUT')
    return as(
      'connection.timeout',
      'Ask for smaller pages, or allow more by timeoutMs.',
      'transient',
      'no whole answer in time',
    )
  if (network.includes(code) || message === 'aborted')
    return as('connection.failed', 'Check that the server runs, and its host and port.', 'transient')
  if (damaged.includes(code) || code.startsWith('ERR__ERROR_FORMAT') || code.startsWith('ERR_BROTLI'))
    return as('source.corrupt', 'The body is not packed as its header says.', 'never')
  if (code.startsWith('HPE_'))
    return as('connection.failed', 'What answers does not speak HTTP as it should.', 'transient')
  if (/CERT|TLS|SSL|SELF_SIGNED|UNABLE_TO/.test(code))
    return as('connection.failed', 'The server cannot prove who it is; nothing was sent.', 'never')
  return error
}

/** The answers that may be others a moment later. */
const passing = [408, 425, 429, 500, 502, 503, 504]

/**
 * How long an answer asks to wait, in milliseconds: `Retry-After` in seconds or as a date (RFC 9110, section 10.2.3).
 * Undefined where it says nothing that makes sense, such as a negative number.
 */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  const text = header?.trim() ?? ''
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  if (!/^[A-Z][a-z]{2,8}, .* GMT$/.test(text)) return undefined
  const at = Date.parse(text)
  return Number.isNaN(at) ? undefined : Math.max(0, at - now)
}

/** The failure that an answer's status stands for; undefined where it stands for none. */
export function statusFailure(
  answer: { readonly status: number; readonly url: URL; readonly retryAfter: string | undefined },
  excerpt: string,
): EtlError | undefined {
  const { status, url, retryAfter } = answer
  if (status >= 200 && status < 300) return undefined
  const said = excerpt === '' ? '' : `: ${excerpt}`
  const options = { params: { status }, hint: 'Look at the words of the service.' }
  const message = `${placeOf(url)} answered with status ${status}${said}`
  const afterMs = retryAfterMs(retryAfter, Date.now())
  if (passing.includes(status) || (status === 403 && afterMs !== undefined))
    return new EtlError('source.failed', message, {
      ...options,
      retry: afterMs === undefined ? 'transient' : { afterMs },
    })
  if (status === 401 || status === 403)
    return new EtlError('connection.unauthorized', message, {
      ...options,
      hint: 'Check the credentials, and what they may do.',
    })
  return new EtlError('source.failed', message, options)
}
