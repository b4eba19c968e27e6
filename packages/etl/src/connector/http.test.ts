import { expect, test } from 'vitest'
import { secret } from '../base/secret.ts'
import { decimal, int64, text, timestamp } from './column.ts'
import { http, type HttpOptions } from './http.ts'
import { httpApi, type HttpApiOptions } from './http-api.ts'

const api = httpApi({ url: 'https://api.shop.example/v1' })
const columns = {
  id: int64(),
  at: timestamp(),
  day: timestamp({ format: 'dd/MM/yyyy' }),
  t: text(),
  d: decimal(9, 2),
}

test('a declaration is pure data, and holds no secret', () => {
  const auth = { kind: 'bearer', token: secret('env:SHOP_TOKEN') } as const
  const source = http(httpApi({ url: 'https://api.shop.example', auth }), {
    path: 'orders',
    rows: '$.data[*]',
    columns: { id: int64({ required: true }) },
    paginate: { by: 'cursor', param: 'after', next: '$.next', size: 100, sizeParam: 'limit' },
    incremental: { cursor: 'id', param: 'since_id' },
    lag: 5,
    key: 'id',
  })
  expect(JSON.parse(JSON.stringify(source))).toEqual(source)
  expect(source).toMatchObject({
    kind: 'remote',
    connector: 'http',
    connection: { url: 'https://api.shop.example', auth, lag: 5 },
    reads: { path: 'orders', key: ['id'], params: {}, incremental: { cursor: 'id' } },
    format: { kind: 'json', layout: 'lines' },
  })
  expect(Object.isFrozen(source)).toBe(true)
})

test.each<[string, Partial<HttpApiOptions>]>([
  ['is not encrypted', { url: 'http://api.shop.example' }],
  ['is not encrypted', { url: 'http://localhost:80', allowPrivate: ['127.0.0.1'] }],
  ['absolute https URL', { url: 'api.shop.example' }],
  ['absolute https URL', { url: 'file:///etc/passwd' }],
  ['holds credentials', { url: 'https://me:hunter2@api.shop.example' }],
  ['query or a fragment', { url: 'https://api.shop.example/?key=hunter2' }],
  ['no header', { headers: { Authorization: 'Bearer hunter2' } }],
  ['no header', { headers: { Cookie: 'hunter2' } }],
  ['no header', { headers: { 'a b': 'c' } }],
  ['attempts is', { attempts: 0 }],
  ['maxWaitMs is', { maxWaitMs: -1 }],
  ['timeoutMs is', { timeoutMs: Number.NaN }],
  ['maxBodyBytes is', { maxBodyBytes: 2 ** 31 }],
  ['requestsPerSecond is', { requestsPerSecond: 0 }],
  [
    'is not encrypted',
    { auth: { kind: 'oauth2', tokenUrl: 'http://a.b/t', clientId: 'x', clientSecret: secret('env:X') } },
  ],
])('an API that cannot be: %s', (message, options) => {
  const make = (): unknown => httpApi({ url: 'https://api.shop.example', ...options })
  expect(make).toThrow(
    expect.objectContaining({ code: 'config.invalid', message: expect.stringContaining(message) }),
  )
  expect(make).not.toThrow(/hunter2/)
})

type Options = HttpOptions<typeof columns>

test.each<[string, Partial<Options>]>([
  ['no path below', { path: 'https://elsewhere.example/' }],
  ['no path below', { path: '//elsewhere.example/' }],
  ['no path below', { path: '../admin' }],
  ['no path below', { path: 'a/../../b' }],
  ['no path below', { path: 'a?b=c' }],
  ['no path', { rows: 'data[*]' }],
  ['no path', { rows: '$.data[?(@.x)]' }],
  ['no path', { rows: '$..data' }],
  ['not the path of one value', { paginate: { by: 'cursor', param: 'c', next: '$.a[*]' } }],
  ['not the path of one value', { paginate: { by: 'offset', param: 'c', more: '$' } }],
  ['one element of the array', { paginate: { by: 'cursor', param: 'c', next: '$.data[0].id' } }],
  ['further out', { columns: { ...columns, id: int64({ from: '^^.id' }) } }],
  ['declared twice', { params: { page: '1' }, paginate: { by: 'page', param: 'page' } }],
  ['size and sizeParam', { paginate: { by: 'page', param: 'page', size: 10 } }],
  ['size is', { paginate: { by: 'page', param: 'page', size: 0, sizeParam: 's' } }],
  ['no declared column', { incremental: { cursor: 'nothing' as 'id', param: 's' } }],
  ['no declared column', { key: ['id', 'nothing' as 'id'] }],
  ['without a dependable order', { incremental: { cursor: 't', param: 's' } }],
  ['formats or nulls', { incremental: { cursor: 'day', param: 's' } }],
  ['no time', { incremental: { cursor: 'id', param: 's', format: 'unix-seconds' } }],
  ['lag is', { lag: -1 }],
])('a source that cannot be: %s', (message, options) => {
  expect(() => http(api, { path: 'x', rows: '$.data[*]', columns, ...options })).toThrow(
    expect.objectContaining({ code: 'config.invalid', message: expect.stringContaining(message) }),
  )
})
