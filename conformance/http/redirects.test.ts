import { expect, test } from 'vitest'
import { auth, elsewhere, failure, fetched, good, server } from './fetching.ts'
import { sendJson } from './server.ts'

test.each([
  'http://169.254.169.254/latest/meta-data/iam/security-credentials/',
  'http://[::1]/',
  'http://0x7f.1/',
  'https://0x7f.1/',
  'https://[::ffff:169.254.169.254]/',
  'http://10.0.0.1/',
  'file:///etc/passwd',
])('a redirect to %s is refused', async (location) => {
  server.answer((_, response) => void response.writeHead(302, { location }).end())
  const { port } = new URL(server.origin)
  const api = server.api({ auth, url: `http://localhost:${port}/v1`, allowPrivate: ['localhost'] })
  expect(await failure({}, api)).toMatchObject({ code: 'connection.private-address', retry: 'never' })
  expect(server.seen).toHaveLength(1)
})

test('a redirect to a name that leads to this machine is refused', async () => {
  const { port } = new URL(server.origin)
  for (const scheme of ['http', 'https']) {
    server.answer(
      (_, response) => void response.writeHead(302, { location: `${scheme}://localhost:${port}/` }).end(),
    )
    expect(await failure()).toMatchObject({ code: 'connection.private-address', retry: 'never' })
    expect(server.seen).toHaveLength(1)
  }
})

test('redirects: the same host keeps the token, another one gets nothing; three are enough', async () => {
  const headers = { 'x-tenant': 'me' }
  server.answer(({ path: at }, response) => {
    if (at === '/v1/things') response.writeHead(307, { location: '/v1/moved?a=1' }).end()
    else response.writeHead(301, { location: `${elsewhere.origin}/there` }).end()
  })
  elsewhere.answer((_, response) => sendJson(response, good))
  expect(await fetched({}, server.api({ auth, headers }))).toHaveLength(1)
  expect(server.seen.map((s) => s.headers.authorization)).toEqual(Array(2).fill('Bearer tok-secret-123456'))
  expect(elsewhere.seen).toHaveLength(1)
  expect(elsewhere.seen[0]?.headers.authorization).toBeUndefined()
  expect(elsewhere.seen[0]?.headers['x-tenant']).toBeUndefined()
  // And back: what was dropped stays dropped.
  elsewhere.answer(
    (_, response) => void response.writeHead(302, { location: `${server.origin}/v1/back` }).end(),
  )
  server.answer(({ path: at }, response) =>
    at === '/v1/back'
      ? sendJson(response, good)
      : void response.writeHead(302, { location: `${elsewhere.origin}/there` }).end(),
  )
  expect(await fetched()).toHaveLength(1)
  expect(server.seen.at(-1)?.headers.authorization).toBeUndefined()
  server.answer(({ params }, response) => {
    response.writeHead(302, { location: `?n=${Number(params.get('n') ?? 0) + 1}` }).end()
  })
  expect(await failure()).toMatchObject({
    code: 'source.failed',
    message: expect.stringContaining('too often'),
  })
  expect(server.seen).toHaveLength(4)
})

test('a next page on another host is not asked', async () => {
  elsewhere.answer((_, response) => sendJson(response, good))
  server.answer((_, response) =>
    sendJson(response, good, { link: `<${elsewhere.origin}/v1/things>; rel=next` }),
  )
  const told = { code: 'source.failed', message: expect.stringContaining('another host') }
  expect(await failure({ paginate: { by: 'link' } })).toMatchObject(told)
  server.answer((_, response) => sendJson(response, `{"data":[],"next":"${elsewhere.origin}/x"}`))
  expect(await failure({ paginate: { by: 'next-url', next: '$.next' } })).toMatchObject(told)
  server.answer((_, response) => sendJson(response, '{"data":[],"next":"//evil.test/x"}'))
  expect(await failure({ paginate: { by: 'next-url', next: '$.next' } })).toMatchObject(told)
  expect(elsewhere.seen).toEqual([])
})
