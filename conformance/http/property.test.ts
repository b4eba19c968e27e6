import { afterAll, beforeAll, expect, test } from 'vitest'
import { http, type HttpPagination, int64, table, text, timestamp } from '../../packages/etl/src/index.ts'
import { type Random, randomFrom } from '../crash/random.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { type Handler, sendJson, type Server, startServer } from './server.ts'

const seed = Number(process.env['SEED'] ?? Math.floor(Math.random() * 2 ** 31))
const scenarios = Number(process.env['HTTP_SCENARIOS'] ?? 16)
console.log(`seed ${seed}, ${scenarios} scenarios (SEED=${seed} repeats them, HTTP_SCENARIOS=n makes more)`)

let server: Server
let shop: Workshop
beforeAll(async () => {
  ;[server, shop] = [await startServer(), await openWorkshop('http-random-')]
})
afterAll(async () => {
  await shop?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})

interface Thing {
  readonly id: number
  readonly atMs: number
  readonly v: string
}

const kinds = ['page', 'offset', 'cursor', 'next-url', 'link'] as const

const at = ({ atMs }: Thing): string => new Date(atMs).toISOString()
const after = (a: Thing, b: { readonly atMs: number; readonly id: number }): boolean =>
  a.atMs > b.atMs || (a.atMs === b.atMs && a.id > b.id)

/** A service whose things are added and changed between the pages that it gives, and which fails now and then. */
function service({ next: random, below, pick }: Random) {
  const kind = pick(kinds)
  const isCounted = kind === 'page' || kind === 'offset'
  const isNewestFirst = isCounted && random() < 0.5
  const size = 1 + below(4)
  const things: Thing[] = []
  /** Every version that ever was. */
  const versions = new Set<string>()
  let clockMs = Date.parse('2024-01-01T00:00:00Z')
  let isBusy = true
  const put = (thing: Thing): void => {
    const known = things.findIndex((t) => t.id === thing.id)
    if (known >= 0) things.splice(known, 1)
    things.push(thing)
    versions.add(JSON.stringify([String(thing.id), `${at(thing).slice(0, 23)}000`, thing.v]))
  }
  const change = (): void => {
    clockMs += below(3) * 1500
    // Some become visible late, with an older time.
    const lateMs = random() < 0.3 ? below(50_000) : 0
    const id = things.length + 1
    put({ id, atMs: clockMs - lateMs, v: `new ${id}` })
    // Where pages are counted from the oldest on, a change would move others to pages that were read.
    const old = things[below(things.length)]
    if (old !== undefined && (!isCounted || isNewestFirst) && random() < 0.4)
      put({ ...old, atMs: clockMs, v: `changed at ${clockMs}, ${below(1000)}` })
  }
  for (let i = below(12); i > 0; i--) change()
  const handler: Handler = ({ params }, response) => {
    if (isBusy) for (let i = below(4); i > 0; i--) change()
    const since = Date.parse(params.get('since') ?? '1970-01-01T00:00:00Z')
    const list = things
      .filter((t) => t.atMs >= since)
      .toSorted((a, b) => (after(a, b) !== isNewestFirst ? 1 : -1))
    response.setHeader('date', new Date(clockMs).toUTCString())
    const fate = isBusy ? random() : 1
    if (fate < 0.15) return void response.writeHead(503).end()
    const from = params.get('from')
    let page: Thing[]
    if (isCounted) {
      const start = kind === 'page' ? (Number(from) - 1) * size : Number(from)
      page = list.slice(start, start + size)
    } else {
      const [atMs = 0, id = 0] = from?.split('_').map(Number) ?? []
      page = list.filter((t) => from === null || after(t, { atMs, id })).slice(0, size)
    }
    const last = page.at(-1)
    const token = last === undefined ? null : `${last.atMs}_${last.id}`
    const next =
      token === null
        ? null
        : `/v1/things?from=${token}${params.has('since') ? `&since=${params.get('since')}` : ''}`
    const body = JSON.stringify({
      data: page.map((t) => ({ id: t.id, at: at(t), v: t.v, noise: below(9) })),
      next: kind === 'cursor' ? token : next,
    })
    if (fate < 0.3) {
      response.socket?.write(
        `HTTP/1.1 200 OK\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: ${body.length + 9}\r\n\r\n`,
      )
      return void response.socket?.end(body.slice(0, -below(body.length)))
    }
    sendJson(response, body, kind === 'link' && next !== null ? { link: `<${next}>; rel="next"` } : {})
  }
  const paginate = {
    page: { by: 'page', param: 'from' },
    offset: { by: 'offset', param: 'from' },
    cursor: { by: 'cursor', param: 'from', next: '$.next' },
    'next-url': { by: 'next-url', next: '$.next' },
    link: { by: 'link' },
  }[kind] as HttpPagination
  return {
    handler,
    paginate,
    name: `${kind}, ${size} a page${isNewestFirst ? ', the newest first' : ''}`,
    versions,
    current: () => things.map((t) => JSON.stringify([String(t.id), `${at(t).slice(0, 23)}000`, t.v])),
    settle: () => (isBusy = false),
  }
}

test(
  'no record is lost and none doubled, however pages and changes interleave',
  { timeout: 600_000 },
  async () => {
    let runs = 0
    let failed = 0
    for (let i = 0; i < scenarios; i++) {
      const random = randomFrom(seed + i)
      const { handler, paginate, name, versions, current, settle } = service(random)
      server.answer(handler)
      const raw = table(`raw.s${i}`, {
        from: http(server.api({ attempts: 3, maxWaitMs: 5 }), {
          path: 'things',
          rows: '$.data[*]',
          columns: { id: int64({ required: true }), at: timestamp(), v: text() },
          paginate,
          incremental: { cursor: 'at', param: 'since' },
          lag: 60_000,
          key: 'id',
        }),
      })
      let published = 0
      for (let turn = 0; turn < 4 || published === 0; turn++) {
        if (turn >= 3) settle()
        const { tables } = await shop.run([raw])
        runs += 1
        if (tables[0]?.error === undefined) published += 1
        else {
          failed += 1
          expect(tables[0].error, name).toMatchObject({ retry: 'transient' })
        }
      }
      const rows = await shop.rows(`raw.s${i}`)
      const what = `${name} (SEED=${seed + i} HTTP_SCENARIOS=1)`
      expect(new Set(rows).size, `doubled: ${what}`).toBe(rows.length)
      expect(
        rows.filter((r) => !versions.has(r)),
        `invented: ${what}`,
      ).toEqual([])
      expect(
        current().filter((r) => !rows.includes(r)),
        `lost: ${what}`,
      ).toEqual([])
      const { tables } = await shop.run([raw])
      // A service without a record leaves no position.
      expect(tables[0]?.outcome, what).toBe(rows.length === 0 ? 'published' : 'unchanged')
    }
    console.log(`${runs} runs, ${failed} of them failed on the way`)
    expect(runs).toBeGreaterThanOrEqual(scenarios * 4)
  },
)
