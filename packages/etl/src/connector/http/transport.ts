import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import http, { type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import https from 'node:https'
import type { Duplex } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib'
import { EtlError } from '../../base/errors.ts'
import type { HttpApi } from '../http-api.ts'
import { assertHost, guardedLookup } from './address.ts'
import { httpFailure, placeOf } from './failure.ts'

const maxRedirects = 3
const maxIdleMs = 30_000

/** What an answer says before its body. */
export interface Answer {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  /** Where it came from, after redirects. */
  readonly url: URL
}

export interface Question {
  readonly url: URL
  /** Sent to this host only. */
  readonly headers: Readonly<Record<string, string>>
  /** Posted; without it the question is a GET. */
  readonly body?: string
}

type Receive<T> = (answer: Answer, body: AsyncIterable<Buffer>) => Promise<T>

/** Connections to one service and where it redirects to. */
export interface Transport extends Disposable {
  /**
   * Asks once, follows redirects, and hands the unpacked body over as it arrives. What `receive` gives counts only when the
   * body has arrived whole. Fails as `httpFailure` says, with `connection.private-address`, and with `source.too-large`.
   */
  send<T>(question: Question, receive: Receive<T>): Promise<T>
}

/** Opens a transport; connections are made when they are needed, and kept. */
export function openTransport(api: HttpApi, signal?: AbortSignal): Transport {
  const lookup = guardedLookup(api.allowPrivate)
  const plain = new http.Agent({ keepAlive: true })
  let encrypted: https.Agent | undefined
  const agentOf = async (url: URL): Promise<http.Agent> =>
    url.protocol === 'https:' ? (encrypted ??= await encryptedAgent(api)) : plain

  const hop = async <T>(question: Question, receive: Receive<T>): Promise<T | Redirect> => {
    const { url, body, headers } = question
    assertPlace(url, api)
    signal?.throwIfAborted()
    const agent = await agentOf(url)
    const deadline = AbortSignal.timeout(api.timeoutMs)
    const request = (url.protocol === 'https:' ? https : http).request(url, {
      agent,
      lookup,
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        'user-agent': 'securecart-etl',
        'accept-encoding': 'gzip, br',
        accept: 'application/json',
        ...headers,
      },
      signal: signal === undefined ? deadline : AbortSignal.any([deadline, signal]),
      timeout: Math.min(maxIdleMs, api.timeoutMs),
    })
    let isIdle = false
    request.on('timeout', () => {
      isIdle = true
      request.destroy(new Error('nothing arrives'))
    })
    // What happens after the answer began shows in its body.
    request.on('error', () => undefined)
    try {
      request.end(body)
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      return await received(response, url, api, receive)
    } catch (error) {
      request.destroy()
      signal?.throwIfAborted()
      throw httpFailure(error, url, isIdle || deadline.aborted)
    }
  }

  return {
    send: async (question, receive) => {
      let asked = question
      for (let redirects = 0; ; redirects += 1) {
        const result = await hop(asked, receive)
        if (!(result instanceof Redirect)) return result
        if (redirects === maxRedirects || question.body !== undefined)
          throw new EtlError(
            'source.failed',
            `${placeOf(question.url)} redirects ${redirects === 0 ? '' : 'too often'}`.trim(),
          )
        asked = redirected(asked, result.location)
      }
    },
    [Symbol.dispose]: () => {
      plain.destroy()
      encrypted?.destroy()
    },
  }
}

async function encryptedAgent({ ca }: HttpApi): Promise<https.Agent> {
  if (ca === undefined) return new https.Agent({ keepAlive: true })
  try {
    return new https.Agent({ keepAlive: true, ca: await readFile(ca) })
  } catch (cause) {
    throw new EtlError('config.invalid', `the certificates ${ca} cannot be read`, { cause })
  }
}

/** Says that an answer is somewhere else. */
class Redirect {
  readonly location: URL
  constructor(location: URL) {
    this.location = location
  }
}

function assertPlace(url: URL, { allowPrivate }: HttpApi): void {
  assertHost(url.hostname, allowPrivate)
  if (url.protocol !== 'https:' && !(url.protocol === 'http:' && allowPrivate.includes(url.hostname)))
    throw new EtlError('connection.private-address', `${placeOf(url)} is not asked: it is not encrypted`, {
      hint: `Name "${url.hostname}" in allowPrivate if it is meant.`,
    })
}

function redirected(from: Question, location: URL): Question {
  if (from.url.protocol === 'https:' && location.protocol !== 'https:')
    throw new EtlError(
      'connection.private-address',
      `${placeOf(from.url)} redirects to ${placeOf(location)}, which is not encrypted`,
    )
  return { ...from, url: location, headers: from.url.origin === location.origin ? from.headers : {} }
}

async function received<T>(
  response: IncomingMessage,
  url: URL,
  { maxBodyBytes }: HttpApi,
  receive: Receive<T>,
): Promise<T | Redirect> {
  const { statusCode: status = 0, headers } = response
  if ([301, 302, 303, 307, 308].includes(status) && headers.location !== undefined) {
    response.destroy()
    const location = URL.parse(headers.location, url.href)
    if (location === null || location.username !== '' || location.password !== '')
      throw new EtlError('source.failed', `${placeOf(url)} redirects to what is no URL`)
    return new Redirect(location)
  }
  let result: { readonly value: T } | undefined
  const take = async (source: AsyncIterable<Buffer>): Promise<void> => {
    result = { value: await receive({ status, headers, url }, bounded(source, url, maxBodyBytes)) }
  }
  const unpack = unpacker(headers['content-encoding'], url)
  await (unpack === undefined ? pipeline(response, take) : pipeline(response, unpack, take))
  if (result === undefined) throw new EtlError('bug.unreachable', 'an answer was received by nobody')
  return result.value
}

function unpacker(encoding: string | undefined, url: URL): Duplex | undefined {
  switch (encoding?.trim().toLowerCase() ?? 'identity') {
    case 'identity':
    case '':
      return undefined
    case 'gzip':
    case 'x-gzip':
      return createGunzip()
    case 'deflate':
      return createInflate()
    case 'br':
      return createBrotliDecompress()
    default:
      throw new EtlError('source.corrupt', `${placeOf(url)} packs its answer in an unknown way: ${encoding}`)
  }
}

async function* bounded(source: AsyncIterable<Buffer>, url: URL, maxBytes: number): AsyncGenerator<Buffer> {
  let bytes = 0
  for await (const chunk of source) {
    bytes += chunk.length
    if (bytes > maxBytes)
      throw new EtlError(
        'source.too-large',
        `an answer of ${placeOf(url)} is larger than ${maxBytes} bytes`,
        {
          hint: 'Ask for smaller pages.',
        },
      )
    yield chunk
  }
}
