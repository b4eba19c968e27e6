import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import {
  decimal,
  http,
  int64,
  json,
  list,
  secret,
  table,
  text,
  timestamp,
  uint64,
} from '../../packages/etl/src/index.ts'
import { remoteOf } from '../../packages/etl/src/connector/remote.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { sendJson, type Server, startServer } from './server.ts'

let server: Server
let shop: Workshop
let n = 0

beforeAll(async () => {
  ;[server, shop] = [await startServer(), await openWorkshop('http-')]
})
afterAll(async () => {
  await shop?.[Symbol.asyncDispose]()
  await server?.[Symbol.asyncDispose]()
})
beforeEach(() => void (n += 1))

const columns = { id: int64({ required: true }), v: text() }

/** Runs one table and gives its rows. */
async function rowsOf(source: ReturnType<typeof http>): Promise<readonly string[]> {
  const name = `raw.t${n}`
  const { tables } = await shop.run([table(name, { from: source })])
  if (tables[0]?.error !== undefined) throw tables[0].error as unknown as Error
  return shop.rows(name)
}

test('records arrive exactly, whatever stands around them', async () => {
  server.answer((_, response) =>
    sendJson(
      response,
      `\ufeff{"meta": {"data": [{"id": 0}], "note": "\\"data\\": ["}, "data" : [
        {"id": 18446744073709551615, "money": 12345678901234567890123456.7890123456, "t": "a \\"b\\"\\n\\u00e4ü", "doc": {"big": 9007199254740993,
          "list": [1, {"x": "}]"}]}},
        {"money": -0.0000000001, "t": "", "id": 1, "customer": {"city": "Köln"}, "tags": ["x", "y"]},
        {"id": "oops"},
        7,
        {"id": 2, "id": 3}
      ], "data": [{"id": 99}]}`,
    ),
  )
  const source = http(server.api(), {
    path: 'orders',
    rows: '$.data[*]',
    columns: {
      id: uint64({ required: true }),
      money: decimal(38, 10),
      t: text(),
      doc: json(),
      city: text({ from: '$.customer.city' }),
      tags: list(text()),
    },
  })
  const { tables } = await shop.run([table(`raw.t${n}`, { from: source })])
  expect(tables[0]?.counts).toMatchObject({ read: 5, written: 3, rejected: 2 })
  expect(await shop.rows(`raw.t${n}`)).toMatchInlineSnapshot(`
    [
      "["1","-0.0000000001","",null,"Köln",["x","y"]]",
      "["18446744073709551615","12345678901234567890123456.7890123456","a \\"b\\"\\näü","{\\"big\\":9007199254740993,\\"list\\":[1,{\\"x\\":\\"}]\\"}]}",null,null]",
      "["2",null,null,null,null,null]",
    ]
  `)
  expect(await shop.rows(`raw.t${n}$rejected`)).toHaveLength(2)
})

test('rows of a nested table carry columns of what they stand in', async () => {
  server.answer((_, response) =>
    sendJson(
      response,
      `{"run": {"at": "2024-05-01"}, "orders": [
        {"id": 1, "items": [{"sku": "a", "n": 2}, {"sku": "b"}], "customer": {"id": "c1"}},
        {"items": [{"sku": "c"}, {}], "customer": null, "id": 12345678901234567890},
        {"id": 3, "items": []}, {"id": 4, "items": null}, {"id": 5}], "shop": "S"}`,
    ),
  )
  const source = http(server.api(), {
    path: 'orders',
    rows: '$.orders[*].items[*]',
    columns: {
      order: uint64({ from: '^.id' }),
      customer: text({ from: '^.customer.id' }),
      shop: text({ from: '^^.shop' }),
      day: text({ from: '^^.run.at' }),
      sku: text(),
      n: int64(),
    },
  })
  expect(await rowsOf(source)).toEqual([
    '["1","c1","S","2024-05-01","a","2"]',
    '["1","c1","S","2024-05-01","b",null]',
    '["12345678901234567890",null,"S","2024-05-01","c",null]',
    '["12345678901234567890",null,"S","2024-05-01",null,null]',
  ])
})

const all = Array.from({ length: 25 }, (_, i) => ({ id: i + 1, v: `v${i + 1}` }))

test.each(['page', 'offset', 'cursor', 'next-url', 'link'] as const)('pages by %s', async (by) => {
  server.answer(({ params, headers }, response) => {
    expect(headers.accept).toBe('application/json')
    const size = Number(params.get('limit'))
    const at = by === 'page' ? (Number(params.get('at')) - 1) * size : Number(params.get('at') ?? 0)
    const data = all.slice(at, at + size)
    const more = at + size < all.length
    const next = `/v1/things?kind=a%26b&limit=${size}&at=${at + size}`
    const token = by === 'cursor' ? String(at + size) : next
    sendJson(
      response,
      JSON.stringify({ data, ...(more ? { next: token } : { next: null }) }),
      by === 'link' && more ? { link: `</x>; rel="prev", <${next}>; title="a, <b>"; rel="last next"` } : {},
    )
  })
  const sized = { size: 10, sizeParam: 'limit' } as const
  const paginate = {
    page: { by: 'page', param: 'at', ...sized },
    offset: { by: 'offset', param: 'at', ...sized },
    cursor: { by: 'cursor', param: 'at', next: '$.next', ...sized },
    'next-url': { by: 'next-url', next: '$.next', ...sized },
    link: { by: 'link', ...sized },
  } as const
  const source = http(server.api(), {
    path: '/things',
    params: { kind: 'a&b' },
    rows: '$.data[*]',
    columns,
    paginate: paginate[by],
  })
  expect(await rowsOf(source)).toHaveLength(25)
  expect(server.seen.map((s) => s.path)).toEqual(server.seen.map(() => '/v1/things'))
  expect(new Set(server.seen.map((s) => s.params.get('kind')))).toEqual(new Set(['a&b']))
  expect(server.seen).toHaveLength(by === 'page' || by === 'offset' ? 4 : 3)
})

test('pages from 0 until a page says that it is the last; headers of the API', async () => {
  server.answer(({ params, headers }, response) => {
    expect(headers).toMatchObject({ accept: 'application/vnd.shop+json', 'x-version': '7' })
    const page = Number(params.get('p'))
    sendJson(response, `{"data":[{"id":${page}}],"page":{"more":${page < 3}}}`, {
      'content-type': 'application/vnd.shop+json; charset=UTF-8',
    })
  })
  const api = server.api({ headers: { Accept: 'application/vnd.shop+json', 'X-Version': '7' } })
  const paginate = { by: 'page', param: 'p', first: 0, more: '$.page.more' } as const
  expect(await rowsOf(http(api, { path: 'x', rows: '$.data[*]', columns, paginate }))).toHaveLength(4)
  expect(server.seen.map((s) => s.params.get('p'))).toEqual(['0', '1', '2', '3'])
})

test('a cursor that is a number keeps its digits', async () => {
  const next = '12345678901234567890'
  server.answer(({ params }, response) =>
    sendJson(
      response,
      params.get('c') === next ? '{"data":[],"next":null}' : `{"data":[{"id":1}],"next":${next}}`,
    ),
  )
  const paginate = { by: 'cursor', param: 'c', next: '$.next' } as const
  expect(await rowsOf(http(server.api(), { path: 'x', rows: '$.data[*]', columns, paginate }))).toHaveLength(
    1,
  )
})

test('a source without a cursor is replaced by every run, and by none that fails', async () => {
  const source = http(server.api(), { path: 'x', rows: '$[*]', columns })
  server.answer((_, response) => sendJson(response, '[{"id":1},{"id":2}]'))
  expect(await rowsOf(source)).toHaveLength(2)
  server.answer((_, response) => sendJson(response, '[{"id":3}]'))
  expect(await rowsOf(source)).toEqual(['["3",null]'])
  server.answer((_, response) => sendJson(response, '[{"id":4},{"id":5}'))
  await expect(rowsOf(source)).rejects.toMatchObject({ code: 'source.corrupt' })
  expect(await shop.rows(`raw.t${n}`)).toEqual(['["3",null]'])
})

test('a cursor that only the engine can read still doubles nothing', async () => {
  const odd = ['"2024-01-01T09:00:00\\u005a"', '"2024-01-01T10:00:00Z"', 'null', '"no time"']
  server.answer((_, response) =>
    sendJson(response, `[${odd.map((at, i) => `{"id":${i},"at":${at}}`).join(',')}]`),
  )
  const source = http(server.api(), {
    path: 'x',
    rows: '$[*]',
    columns: { id: int64({ required: true }), at: timestamp() },
    incremental: { cursor: 'at', param: 'since' },
  })
  const first = await rowsOf(source)
  expect(first).toHaveLength(3)
  expect(await rowsOf(source)).toEqual(first)
})

test('each way to say who asks', async () => {
  process.env['HTTP_TEST_SECRET'] = 'p:ä/ss wörd'
  process.env['HTTP_TEST_TOKEN'] = 'tok-123456'
  let tokens = 0
  const answered: (string | undefined)[] = []
  server.answer(({ path: at, headers, body }, response) => {
    if (at === '/token') {
      tokens += 1
      expect(body).toBe('grant_type=client_credentials&scope=read+all')
      expect(headers.authorization).toBe(
        `Basic ${Buffer.from('id+1:p%3A%C3%A4%2Fss+w%C3%B6rd').toString('base64')}`,
      )
      return sendJson(
        response,
        JSON.stringify({ access_token: `t${tokens}`, token_type: 'Bearer', expires_in: 3600 }),
      )
    }
    answered.push(headers.authorization ?? String(headers['x-api-key']))
    return sendJson(response, '[{"id":1}]')
  })
  const password = secret('env:HTTP_TEST_SECRET')
  const token = secret('env:HTTP_TEST_TOKEN')
  const options = { path: '', rows: '$[*]', columns } as const
  const remote = await remoteOf(http(server.api(), options))
  for (const auth of [
    { kind: 'bearer', token },
    { kind: 'basic', user: 'me', password },
    { kind: 'header', name: 'X-Api-Key', value: token },
    {
      kind: 'oauth2',
      tokenUrl: `${server.origin}/token`,
      clientId: 'id 1',
      clientSecret: password,
      scope: 'read all',
    },
  ] as const) {
    const seen = await remote.probe(http(server.api({ auth }), options))
    expect(seen.notes[0]).toContain('holds 1 records; it is the only one')
  }
  expect(answered).toEqual([
    'Bearer tok-123456',
    `Basic ${Buffer.from('me:p:ä/ss wörd').toString('base64')}`,
    'tok-123456',
    'Bearer t1',
  ])
})

test('a token that expires between pages, or before its time, is asked for anew; once', async () => {
  process.env['HTTP_TEST_TOKEN'] = 'client-secret'
  let tokens = 0
  let dead = 0
  const api = server.api({
    auth: {
      kind: 'oauth2',
      tokenUrl: `${server.origin}/token`,
      clientId: 'me',
      clientSecret: secret('env:HTTP_TEST_TOKEN'),
      sendAs: 'body',
    },
  })
  server.answer(({ path: at, headers, body, params }, response) => {
    if (at === '/token') {
      expect(body).toBe('grant_type=client_credentials&client_id=me&client_secret=client-secret')
      tokens += 1
      return sendJson(response, `{"access_token":"t${tokens}"}`)
    }
    // Every third page the token is dead.
    const page = Number(params.get('page'))
    if (page % 3 === 2 && headers.authorization !== `Bearer t${1 + Math.ceil(page / 3)}`) {
      dead += 1
      return void response.writeHead(401).end('{"error":"expired"}')
    }
    return sendJson(response, page > 9 ? '[]' : `[{"id":${page}}]`)
  })
  const options = { path: 'x', rows: '$[*]', columns, paginate: { by: 'page', param: 'page' } } as const
  expect(await rowsOf(http(api, options))).toHaveLength(9)
  expect([tokens, dead]).toEqual([4, 3])
  server.answer(({ path: at }, response) =>
    at === '/token'
      ? sendJson(response, '{"access_token":"refused-token"}')
      : void response.writeHead(401).end('who is refused-token?'),
  )
  await expect(rowsOf(http(api, options))).rejects.toMatchObject({
    code: 'connection.unauthorized',
    message: expect.stringContaining('who is ***?'),
  })
  expect(server.seen).toHaveLength(4)
})

test('a secret that was changed is read again', async () => {
  const file = path.join(shop.folder, 'token')
  await writeFile(file, 'old-token\n')
  server.answer(async ({ headers }, response, i) => {
    if (i === 0) await writeFile(file, 'new-token\n')
    if (headers.authorization === 'Bearer new-token') sendJson(response, '[{"id":1}]')
    else response.writeHead(401).end()
  })
  const api = server.api({ auth: { kind: 'bearer', token: secret(`file:${file}`) } })
  expect(await rowsOf(http(api, { path: 'x', rows: '$[*]', columns }))).toHaveLength(1)
})

test('only what is new is asked for, and nothing comes twice', async () => {
  const things = [
    { id: 1, at: '2024-01-01T10:00:00Z' },
    { id: 2, at: '2024-01-01T12:00:00.500+02:00' },
    { id: 3, at: null },
  ] as { id: number; at: string | null; noise?: number }[]
  let noise = 0
  server.answer(({ params }, response) => {
    const since = Date.parse(params.get('since') ?? '1970-01-01T00:00:00Z')
    const data = things.filter((t) => t.at === null || Date.parse(t.at) >= since)
    noise += 1
    sendJson(response, JSON.stringify(data.map((t) => ({ ...t, noise }))))
  })
  const source = http(server.api(), {
    path: 'things',
    rows: '$[*]',
    columns: { id: int64({ required: true }), at: timestamp() },
    incremental: { cursor: 'at', param: 'since' },
  })
  const raw = table(`raw.t${n}`, { from: source })
  const once = async (): Promise<unknown> => {
    const { tables } = await shop.run([raw])
    expect(tables[0]?.error).toBeUndefined()
    return { outcome: tables[0]?.outcome, written: tables[0]?.counts?.written }
  }
  expect(await once()).toEqual({ outcome: 'published', written: 3 })
  expect(server.seen[0]?.params.get('since')).toBeNull()
  expect(await once()).toEqual({ outcome: 'unchanged', written: undefined })
  expect(server.seen[1]?.params.get('since')).toBe('2024-01-01T09:50:00Z')
  // Late, at the same moment, changed, new, and with a clock that runs ahead.
  things.push({ id: 4, at: '2024-01-01T09:55:00Z' }, { id: 5, at: '2024-01-01T10:00:00.500Z' })
  things[0] = { id: 1, at: '2024-01-01T10:00:30Z' }
  things.push({ id: 6, at: '2099-01-01T00:00:00Z' })
  expect(await once()).toEqual({ outcome: 'published', written: 4 })
  expect(await once()).toMatchObject({ outcome: 'unchanged' })
  things.push({ id: 7, at: new Date().toISOString() })
  expect(await once()).toMatchObject({ written: 1 })
  expect(Date.parse(server.seen.at(-1)?.params.get('since') ?? '')).toBeLessThan(Date.now())
  expect(await once()).toMatchObject({ outcome: 'unchanged' })
  expect(await shop.rows(`raw.t${n}`)).toHaveLength(8)
})

test('a number as cursor, initial value and lag', async () => {
  let most = 2n ** 53n
  server.answer(({ params }, response) => {
    const since = BigInt(params.get('since_id') ?? 0)
    const ids = Array.from({ length: 20 }, (_, i) => most - BigInt(i)).filter((id) => id >= since)
    sendJson(response, `[${ids.map((id) => `{"id":${id}}`).join(',')}]`)
  })
  const source = http(server.api(), {
    path: 'x',
    rows: '$[*]',
    columns: { id: int64({ required: true }) },
    incremental: { cursor: 'id', param: 'since_id', initial: String(most - 4n) },
    lag: 2,
  })
  expect(await rowsOf(source)).toHaveLength(5)
  most += 3n
  expect(await rowsOf(source)).toHaveLength(8)
  expect(server.seen.map((s) => s.params.get('since_id'))).toEqual(['9007199254740988', '9007199254740990'])
})

test('a probe tells what it saw', async () => {
  server.answer((_, response) => sendJson(response, '{"data":[{"id":1}],"next":"c"}'))
  const source = http(server.api(), {
    path: 'x',
    rows: '$.data[*]',
    columns,
    paginate: { by: 'cursor', param: 'c', next: '$.next' },
  })
  const remote = await remoteOf(source)
  expect((await remote.probe(source)).notes).toEqual([
    'the first page holds 1 records; others follow',
    'no record of it has v; such columns are NULL',
  ])
})
