import { timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a partner reported: when, under which name, and the document as it came. */
export interface PartnerEvent {
  readonly id: string
  /** ISO 8601 in UTC with milliseconds; sorts as text. */
  readonly at: string
  readonly json: string
}

/** The partners' API, on a port of the loopback interface of this machine. */
export interface PartnerApi extends AsyncDisposable {
  readonly url: string
  /** Requests that were answered with a page. */
  readonly pages: number
  addEvents(events: readonly PartnerEvent[]): void
  addRates(rates: readonly string[]): void
}

interface Held {
  /** In the order of `at`. */
  events: PartnerEvent[]
  rates: string[]
}

/** The position of the first event at or after a moment. */
function firstSince(events: readonly PartnerEvent[], since: string): number {
  let [low, high] = [0, events.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((events[middle]?.at ?? '') < since) low = middle + 1
    else high = middle
  }
  return low
}

const sizeOf = (params: URLSearchParams, name: string, most: number): number =>
  Math.min(most, Math.max(1, Number(params.get(name)) || most))

/** `GET /v1/rates?page=1&per_page=500`: an empty page is the last. */
function ratesPage({ rates }: Held, params: URLSearchParams): string {
  const size = sizeOf(params, 'per_page', 500)
  const from = (Math.max(1, Number(params.get('page')) || 1) - 1) * size
  return `{"rates":[${rates.slice(from, from + size).join(',')}]}`
}

/** `GET /v1/events?since=…&after=…&limit=1000`: `next` is the `after` of the next page. */
function eventsPage({ events }: Held, params: URLSearchParams): string | undefined {
  const size = sizeOf(params, 'limit', 1000)
  const since = new Date(params.get('since') ?? 0)
  if (Number.isNaN(since.getTime())) return undefined
  const from = Number(params.get('after')) || firstSince(events, since.toISOString())
  const page = events.slice(from, from + size)
  const next = from + size < events.length ? `"${from + size}"` : 'null'
  return `{"events":[${page.map((e) => e.json).join(',')}],"next":${next}}`
}

function isAllowed(request: IncomingMessage, token: string): boolean {
  const given = Buffer.from(request.headers.authorization ?? '')
  const wanted = Buffer.from(`Bearer ${token}`)
  return given.length === wanted.length && timingSafeEqual(given, wanted)
}

/** Starts the API, with nothing in it, on a free port. */
export async function startPartnerApi(token: string): Promise<PartnerApi> {
  const held: Held = { events: [], rates: [] }
  let pages = 0
  const answer = (request: IncomingMessage, response: ServerResponse): void => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (!isAllowed(request, token)) return void response.writeHead(401).end('{"error":"who are you?"}')
    const page = { '/v1/rates': ratesPage, '/v1/events': eventsPage }[pathname]
    if (page === undefined) return void response.writeHead(404).end('{"error":"no such thing"}')
    const text = page(held, searchParams)
    if (text === undefined) return void response.writeHead(400).end('{"error":"since is no time"}')
    pages++
    response.writeHead(200, { 'content-type': 'application/json' }).end(text)
  }
  const server = createServer(answer).listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    get pages() {
      return pages
    },
    addEvents: (events) => {
      const known = new Set(held.events.map((e) => e.id))
      const more = events.filter((e) => !known.has(e.id) && known.add(e.id))
      held.events = [...held.events, ...more].toSorted((a, b) => (a.at < b.at ? -1 : a.at > b.at ? 1 : 0))
    },
    addRates: (rates) => void held.rates.push(...rates),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
