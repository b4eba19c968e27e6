import { setTimeout as sleep } from 'node:timers/promises'
import { pauseMs } from '../../base/backoff.ts'
import { EtlError } from '../../base/errors.ts'
import type { HttpApi } from '../http-api.ts'
import { type Credentials, credentialsOf } from './credentials.ts'
import { statusFailure } from './failure.ts'
import { type Answer, openTransport } from './transport.ts'

/** Much more than is shown: a secret that is cut in the middle would not be found. */
const excerptBytes = 16 * 2 ** 10
const maxTokenBytes = 2 ** 20
const longestBackoffMs = 30_000

/** What asks an API during one fetch. */
export interface HttpClient extends Disposable {
  /**
   * Gets a page: waits for its turn, sends the credentials, and tries again what may pass. `receive` is called for every answer
   * with a status of success; of several calls only what the last one gives counts.
   */
  get<T>(url: URL, receive: (answer: Answer, body: AsyncIterable<Buffer>) => Promise<T>): Promise<T>
  readonly credentials: Credentials
}

/** Opens a client of an API. */
export function openClient(api: HttpApi, signal?: AbortSignal): HttpClient {
  const transport = openTransport(api, signal)
  const credentials = credentialsOf(api, (url, headers, body) =>
    retried(api, signal, async () => {
      await turnOf(new URL(url), api, signal)
      return transport.send({ url: new URL(url), headers, body }, async (answer, chunks) => {
        // The words of a refusal may repeat what was sent.
        const failure = statusFailure(statusOf(answer), '')
        if (failure !== undefined)
          throw failure.code === 'source.failed' && failure.retry === 'never' ? refused(failure) : failure
        return head(chunks, maxTokenBytes)
      })
    }),
  )
  return {
    credentials,
    get: (url, receive) => {
      let isRenewed = false
      const attempt = async (): ReturnType<typeof receive> => {
        const headers = { ...api.headers, ...(await credentials.headers()) }
        await turnOf(url, api, signal)
        return transport.send({ url, headers }, async (answer, body) => {
          const isFine = answer.status >= 200 && answer.status < 300
          const failure = statusFailure(
            statusOf(answer),
            isFine ? '' : credentials.redact(await excerptOf(body)),
          )
          if (failure !== undefined) throw failure
          return receive(answer, body)
        })
      }
      return retried(api, signal, async () => {
        try {
          return await attempt()
        } catch (error) {
          if (!isUnauthorized(error) || isRenewed || !credentials.renew()) throw error
          isRenewed = true
          return attempt()
        }
      })
    },
    [Symbol.dispose]: () => transport[Symbol.dispose](),
  }
}

const isUnauthorized = (error: unknown): boolean =>
  error instanceof EtlError && error.params['status'] === 401

const refused = (failure: EtlError): EtlError =>
  new EtlError('connection.unauthorized', failure.message, {
    hint: 'Check the client id, its secret, and the scope.',
    params: failure.params,
  })

const statusOf = ({ status, url, headers }: Answer): Parameters<typeof statusFailure>[0] => ({
  status,
  url,
  retryAfter: headers['retry-after'],
})

/** Repeats what failed in a way that may pass, as often as the API allows. */
async function retried<T>(
  api: HttpApi,
  signal: AbortSignal | undefined,
  attempt: () => Promise<T>,
): Promise<T> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await attempt()
    } catch (error) {
      if (!(error instanceof EtlError) || error.retry === 'never') throw error
      const waitMs = waitOf(error, tries, api)
      if (waitMs > api.maxWaitMs)
        throw again(error, `${error.message} (it asks to wait ${Math.ceil(waitMs / 1000)} s)`, 'never')
      if (tries >= api.attempts) throw again(error, `${error.message} (tried ${tries} times)`, error.retry)
      await sleep(waitMs, undefined, signal === undefined ? {} : { signal })
    }
  }
}

const again = (
  { code, hint, params, cause }: EtlError,
  message: string,
  retry: EtlError['retry'],
): EtlError => new EtlError(code, message, { params, cause, retry, ...(hint === undefined ? {} : { hint }) })

function waitOf(error: EtlError, tries: number, { maxWaitMs }: HttpApi): number {
  if (typeof error.retry === 'object') return error.retry.afterMs
  return pauseMs(tries, { firstMs: 500, longestMs: Math.min(longestBackoffMs, maxWaitMs) })
}

/** When each host may be asked next, in milliseconds of this process: its tables share what a service allows. */
const turns = new Map<string, number>()

async function turnOf({ host }: URL, { requestsPerSecond }: HttpApi, signal?: AbortSignal): Promise<void> {
  if (requestsPerSecond === undefined) return
  const now = performance.now()
  const at = Math.max(now, turns.get(host) ?? 0)
  turns.set(host, at + 1000 / requestsPerSecond)
  if (at > now) await sleep(at - now, undefined, signal === undefined ? {} : { signal })
}

/** The beginning of a body. */
async function head(body: AsyncIterable<Buffer>, bytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  let size = 0
  for await (const chunk of body) {
    if (size < bytes) parts.push(chunk)
    size += chunk.length
    // Read on a little, so that the connection stays usable; not for ever.
    if (size > bytes + 2 ** 20) break
  }
  return Buffer.concat(parts).subarray(0, bytes)
}

/** The beginning of a body on one line, without control characters. */
export async function excerptOf(body: AsyncIterable<Buffer>): Promise<string> {
  const text = (await head(body, excerptBytes)).toString()
  return text
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ')
    .trim()
    .slice(0, 200)
}
