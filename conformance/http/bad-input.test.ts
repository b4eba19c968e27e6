import { once } from 'node:events'
import { createServer as createTcp, type AddressInfo, type Socket } from 'node:net'
import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { http, httpApi, secret } from '../../packages/etl/src/index.ts'
import { remoteOf } from '../../packages/etl/src/connector/remote.ts'
import { mkdtemp } from 'node:fs/promises'
import path from 'node:path'
import { auth, byCursor, byPage, columns, failure, fetched, folder, good, server } from './fetching.ts'
import { type Handler, sendJson, startServer } from './server.ts'

/** Answers badly so many times, then well. */
const badly =
  (times: number, bad: Handler): Handler =>
  (seen, response, n) =>
    n < times ? bad(seen, response, n) : sendJson(response, good)

const raw = (status: string, headers: readonly string[], body: string | Buffer): Handler => {
  const head = [`HTTP/1.1 ${status}`, 'content-type: application/json', ...headers, '', ''].join('\r\n')
  return (_, response) => {
    response.socket?.write(head)
    response.socket?.end(body)
  }
}

test.each([
  ['seconds', '0'],
  ['a negative number', '-5'],
  ['a date that has passed', 'Fri, 31 Dec 1999 23:59:59 GMT'],
  ['nonsense', 'soon'],
  ['nothing', undefined],
])('429 with Retry-After as %s is waited for', async (_, value) => {
  server.answer(
    badly(2, (_seen, response) => {
      response.writeHead(429, value === undefined ? {} : { 'retry-after': value }).end('slow down')
    }),
  )
  expect(await fetched()).toEqual(['{"id":1}'])
  expect(server.seen).toHaveLength(3)
})

test('the time that Retry-After names is kept, in seconds and as a date', async () => {
  const started: number[] = []
  for (const value of ['1', new Date(Math.ceil(Date.now() / 1000) * 1000 + 2000).toUTCString()]) {
    server.answer((_, response, n) => {
      started.push(Date.now())
      if (n === 0) response.writeHead(503, { 'retry-after': value }).end()
      else sendJson(response, good)
    })
    await fetched({}, server.api({ auth, maxWaitMs: 10_000 }))
  }
  const [a = 0, b = 0, , d = 0] = started
  expect(b - a).toBeGreaterThanOrEqual(990)
  expect(d % 1000 < 900 && d - b).toBeTruthy()
})

test('a wait that is too long is told, not slept', async () => {
  server.answer((_, response) => void response.writeHead(429, { 'retry-after': '3600' }).end())
  expect(await failure()).toMatchObject({
    code: 'source.failed',
    retry: 'never',
    message: expect.stringContaining('asks to wait 3600 s'),
  })
  expect(server.seen).toHaveLength(1)
})

test('500s pass, or are told with the words of the service', async () => {
  server.answer(badly(2, (_, response) => void response.writeHead(500).end('<h1>Oops</h1>')))
  expect(await fetched()).toHaveLength(1)
  server.answer(({ headers }, response) => {
    response.writeHead(502).end(`cannot serve\n\u001b[31m${headers.authorization}${'x'.repeat(3_000_000)}`)
  })
  const error = await failure()
  expect(error).toMatchObject({ code: 'source.failed', retry: 'transient', params: { status: 502 } })
  expect(error.message).toContain('cannot serve [31mBearer ***xxx')
  expect(error.message).toContain('tried 3 times')
  expect(error.message.length).toBeLessThan(400)
  server.answer((_, response) => void response.writeHead(404).end('no such thing'))
  expect(await failure()).toMatchObject({ code: 'source.failed', retry: 'never', params: { status: 404 } })
  expect(server.seen).toHaveLength(1)
})

test.each([
  ['an error body', '{"error":{"message":"bad key tok-secret-123456"}}', 'has nothing at $.data[*]'],
  ['null in place of the records', '{"data":null,"errors":["x"]}', 'has null at $.data[*]'],
  ['an object in place of the records', '{"data":{"id":1}}', 'something else than an array'],
  ['text', 'OK', 'no JSON'],
  ['nothing', '', 'ends too early'],
])('200 with %s refuses the run', async (_, body, message) => {
  server.answer((_seen, response) => sendJson(response, body))
  const error = await failure()
  expect(error.code).toMatch(/^source\.(schema|corrupt)$/)
  expect(error.message).toContain(message)
})

test('null may be declared to mean no records; 204 always does', async () => {
  server.answer((_, response) => sendJson(response, '{"data":null}'))
  expect(await fetched({ nullRows: 'none' })).toEqual([])
  server.answer((_, response) => void response.writeHead(204).end())
  expect(await fetched()).toEqual([])
})

test('a login page is told, also after a redirect', async () => {
  server.answer(({ path: at }, response) => {
    if (at === '/login') response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>')
    else response.writeHead(302, { location: '/login' }).end()
  })
  expect(await failure()).toMatchObject({
    code: 'source.schema',
    message: expect.stringContaining('text/html'),
    hint: expect.stringContaining('login page'),
  })
  expect(server.seen).toHaveLength(2)
})

test('another encoding than UTF-8 is refused', async () => {
  server.answer((_, response) =>
    sendJson(response, good, { 'content-type': 'application/json; charset=utf-16' }),
  )
  expect(await failure()).toMatchObject({ code: 'source.schema', message: expect.stringContaining('utf-16') })
})

const half = '{"data":[{"id":7},{"id":'
const packed = gzipSync(good)

test.each([
  ['a chunked body that is cut', raw('200 OK', ['transfer-encoding: chunked'], `18\r\n${half}\r\n`)],
  ['a body shorter than its length', raw('200 OK', ['content-length: 1000'], half)],
  ['a body without a length that is cut', raw('200 OK', ['connection: close'], half)],
  ['a body longer than its length', raw('200 OK', ['content-length: 12'], good)],
  [
    'a packed body that is cut',
    raw('200 OK', ['content-encoding: gzip', 'connection: close'], packed.subarray(0, 20)),
  ],
  [
    'a connection that is reset',
    (_: unknown, response: { socket: Socket | null }) => void response.socket?.resetAndDestroy(),
  ],
] as const)('%s is asked for again, and leaves nothing behind', async (_, bad) => {
  server.answer(badly(2, bad as Handler))
  expect(await fetched()).toEqual(['{"id":1}'])
  server.answer(bad as Handler)
  expect(await failure()).toMatchObject({ retry: 'transient' })
  expect(server.seen).toHaveLength(3)
})

test('packed bodies are unpacked; what is packed otherwise than it says is refused', async () => {
  server.answer((_, response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' }).end(packed)
  })
  expect(await fetched()).toEqual(['{"id":1}'])
  for (const [encoding, body] of [
    ['gzip', good],
    ['br', good],
    ['zip', good],
    ['identity', packed],
  ] as const) {
    server.answer((_, response) => {
      response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': encoding }).end(body)
    })
    expect(await failure(), encoding).toMatchObject({ code: 'source.corrupt', retry: 'never' })
  }
})

test('a body that unpacks to more than it may is cut off', async () => {
  // Blanks in front of a document: nothing of them is kept.
  const block = gzipSync(Buffer.alloc(2 ** 20, ' '))
  let isCut = false
  server.answer((_, response) => {
    response.on('close', () => (isCut = !response.writableFinished))
    response.writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
    for (let i = 0; i < 5; i++) response.write(block)
  })
  const error = await failure({}, server.api({ maxBodyBytes: 4 * 2 ** 20 }))
  expect(error).toMatchObject({ code: 'source.too-large', retry: 'never' })
  await expect.poll(() => isCut).toBe(true)
})

test('whoever sends a byte now and then is not waited for', async () => {
  const drips = new Set<NodeJS.Timeout>()
  const drip: Handler = (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const timer = setInterval(() => response.write(' '), 20)
    drips.add(timer)
    response.on('close', () => clearInterval(timer))
  }
  server.answer(drip)
  expect(await failure({}, server.api({ timeoutMs: 200, attempts: 2 }))).toMatchObject({
    code: 'connection.timeout',
    retry: 'transient',
  })
  expect(server.seen).toHaveLength(2)
  // Headers that never end.
  const tcp = createTcp((socket) => {
    socket.on('error', () => undefined)
    socket.write('HTTP/1.1 200 OK\r\n')
    const timer = setInterval(() => socket.write('x: y\r\n'), 20)
    socket.on('close', () => clearInterval(timer))
  }).listen(0, '127.0.0.1')
  await once(tcp, 'listening')
  const { port } = tcp.address() as AddressInfo
  const api = server.api({ url: `http://127.0.0.1:${port}`, timeoutMs: 200, attempts: 1 })
  expect(await failure({}, api)).toMatchObject({ code: 'connection.timeout' })
  tcp.close()
  for (const timer of drips) clearInterval(timer)
})

test('a cursor that comes twice stops the run', async () => {
  server.answer((_, response, n) =>
    sendJson(response, `{"data":[{"id":${n}}],"next":"${['a', 'b', 'c'][n % 3]}"}`),
  )
  expect(await failure({ paginate: byCursor })).toMatchObject({
    code: 'source.failed',
    message: expect.stringContaining('in a circle'),
  })
  expect(server.seen).toHaveLength(4)
  server.answer((_, response, n) =>
    sendJson(response, `{"data":[{"id":${n}}]}`, { link: '<?p=1>; rel=next' }),
  )
  expect(await failure({ paginate: { by: 'link' } })).toMatchObject({
    message: expect.stringContaining('in a circle'),
  })
})

test('the same page twice stops the run; with a key, records of a page that comes again are one', async () => {
  server.answer((_, response) => sendJson(response, good))
  expect(await failure({ paginate: byPage })).toMatchObject({
    message: expect.stringContaining('same page twice'),
  })
  expect(await failure({ paginate: byPage, key: 'id' })).toMatchObject({
    message: expect.stringContaining('same page 12 times'),
  })
  const pages = [
    '{"data":[{"id":1},{"id":2}],"next":"a"}',
    '{"data":[{"id":1},{"id":2}],"next":"b"}',
    '{"data":[{"id":2,"x":1},{"id":3}]}',
  ]
  server.answer((_, response, n) => sendJson(response, pages[n] ?? ''))
  expect(await fetched({ paginate: byCursor, key: 'id' })).toEqual(['{"id":1}', '{"id":2}', '{"id":3}'])
})

test('a repeated attempt does not take its own records for known', async () => {
  server.answer(badly(1, raw('200 OK', ['content-length: 1000'], '{"data":[{"id":1},')))
  expect(await fetched({ key: 'id' })).toEqual(['{"id":1}'])
})

test('a page that shrinks while it is read is read anew, and told if it goes on', async () => {
  // Of six records the first is deleted after the first page: the third would be passed over.
  const list = [1, 2, 3, 4, 5, 6]
  const paged: Handler = ({ params }, response, n) => {
    if (n === 1) list.shift()
    const at = Number(params.get('at'))
    sendJson(
      response,
      JSON.stringify({ total: list.length, data: list.slice(at, at + 2).map((id) => ({ id })) }),
    )
  }
  const paginate = { by: 'offset', param: 'at', total: '$.total' } as const
  server.answer(paged)
  expect(await fetched({ paginate })).toEqual([2, 3, 4, 5, 6].map((id) => `{"id":${id}}`))
  server.answer((_, response, n) => sendJson(response, `{"total":${100 - n},"data":[{"id":${n}}]}`))
  expect(await failure({ paginate })).toMatchObject({
    code: 'source.failed',
    retry: 'transient',
    message: expect.stringContaining('shrank while its pages were read'),
  })
  expect(server.seen).toHaveLength(8)
})

test('empty pages without an end stop the run', async () => {
  server.answer((_, response, n) => sendJson(response, `{"data":[],"next":"c${n}"}`))
  expect(await failure({ paginate: byCursor })).toMatchObject({
    message: expect.stringContaining('1000 empty pages'),
  })
  expect(server.seen).toHaveLength(1000)
  // Some are no reason to stop.
  server.answer((_, response, n) => sendJson(response, n < 20 ? `{"data":[],"next":"c${n}"}` : good))
  expect(await fetched({ paginate: byCursor })).toHaveLength(1)
})

test('a token for which there is none, or no secret, is told', async () => {
  const token = {
    kind: 'oauth2',
    tokenUrl: `${server.origin}/token`,
    clientId: 'me',
    clientSecret: secret('env:HTTP_TEST_TOKEN'),
  } as const
  for (const [body, status] of [
    ['{"error":"invalid_client"}', 401],
    ['{"error":"x"}', 400],
    ['{"token":1}', 200],
    ['<p>', 200],
  ] as const) {
    server.answer((_, response) => void response.writeHead(status).end(body))
    expect(await failure({}, server.api({ auth: token })), body).toMatchObject({
      code: 'connection.unauthorized',
    })
  }
  server.answer((_, response) => void response.writeHead(302, { location: '/other' }).end())
  expect(await failure({}, server.api({ auth: token }))).toMatchObject({ code: 'source.failed' })
  process.env['HTTP_TEST_BROKEN'] = 'tok-secret\nx: y'
  const broken = { kind: 'bearer', token: secret('env:HTTP_TEST_BROKEN') } as const
  expect(await failure({}, server.api({ auth: broken }))).toMatchObject({ code: 'config.secret' })
  expect(
    await failure({}, server.api({ auth: { ...broken, token: secret('env:HTTP_TEST_NONE') } })),
  ).toMatchObject({ code: 'config.secret' })
})

test('nothing listens, no such host, no certificate', async () => {
  const closed = await startServer()
  await closed[Symbol.asyncDispose]()
  expect(await failure({}, closed.api())).toMatchObject({ code: 'connection.failed', retry: 'transient' })
  const nowhere = httpApi({ url: 'https://nowhere.invalid', attempts: 1 })
  expect(await failure({}, nowhere)).toMatchObject({ code: 'connection.failed' })
})

test('a run that is cancelled does not wait', async () => {
  const abort = new AbortController()
  server.answer((_, response) => {
    response.writeHead(503, { 'retry-after': '30' }).end()
    setTimeout(() => abort.abort(), 50)
  })
  const source = http(server.api({ maxWaitMs: 60_000 }), { path: 'x', rows: '$[*]', columns })
  const remote = await remoteOf(source)
  const to = await mkdtemp(path.join(folder, 'f-'))
  await expect(
    remote.fetch(source, { position: undefined, folder: to, signal: abort.signal }),
  ).rejects.toMatchObject({ name: 'AbortError' })
})

test('tables of one process share what a service allows', async () => {
  const at: number[] = []
  server.answer((_, response) => {
    at.push(performance.now())
    sendJson(response, good)
  })
  const api = server.api({ requestsPerSecond: 20 })
  await Promise.all(Array.from({ length: 6 }, () => fetched({}, api)))
  expect((at.at(-1) ?? 0) - (at[0] ?? 0)).toBeGreaterThanOrEqual(5 * 50 - 30)
})
