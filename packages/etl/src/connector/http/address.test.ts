import { once } from 'node:events'
import { get } from 'node:http'
import { createServer } from 'node:net'
import type { LookupAddress } from 'node:dns'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { assertHost, guardedLookup, isPublicAddress } from './address.ts'

test.each([
  '0.0.0.0',
  '10.1.2.3',
  '100.64.0.1',
  '127.0.0.1',
  '127.255.255.254',
  '169.254.169.254',
  '172.31.255.255',
  '192.168.0.1',
  '198.19.0.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:10.0.0.1',
  '::ffff:8.8.8.8',
  '64:ff9b::7f00:1',
  'fc00::1',
  'fd00:ec2::254',
  'fe80::1',
  'ff02::1',
  '2001:db8::1',
  '2001::1',
  '2002:7f00:1::',
  'no address',
  '',
])('%s is not public', (address) => expect(isPublicAddress(address)).toBe(false))

test.each(['8.8.8.8', '172.32.0.1', '192.0.1.1', '223.255.255.255', '2606:4700::1111', '2a00:1450::1'])(
  '%s is public',
  (address) => expect(isPublicAddress(address)).toBe(true),
)

const hostOf = (url: string): string => new URL(url).hostname

test.each([
  'http://127.0.0.1',
  'http://0x7f.1',
  'http://2130706433',
  'http://017700000001',
  'http://127.1',
  'http://[::1]',
  'http://[::ffff:127.0.0.1]',
  'http://169.254.169.254/latest/meta-data',
  'http://[fd00:ec2::254]',
])('%s is refused before anything is looked up', (url) => {
  expect(() => assertHost(hostOf(url), ['api.shop', 'localhost'])).toThrow(
    expect.objectContaining({ code: 'connection.private-address' }),
  )
})

test('a named host may be private, but link-local only as the address itself', () => {
  const judged = (host: string, allow: readonly string[], address: string): string | undefined => {
    let code: string | undefined
    guardedLookup(allow, (_, __, done) => done(null, [{ address, family: 4 }]))(host, {}, (error) => {
      code = (error as { code?: string } | null)?.code
    })
    return code
  }
  expect(judged('erp', ['erp'], '10.0.0.1')).toBeUndefined()
  expect(judged('erp', ['other'], '10.0.0.1')).toBe('connection.private-address')
  expect(judged('erp', ['erp'], '169.254.169.254')).toBe('connection.private-address')
  expect(() => assertHost('169.254.10.1', ['169.254.10.1'])).not.toThrow()
})

test('one bad address among good ones is enough', () => {
  const lookup = guardedLookup([], (_, __, done) =>
    done(null, [
      { address: '8.8.8.8', family: 4 },
      { address: '127.0.0.1', family: 4 },
    ]),
  )
  lookup('mixed', { all: true }, (error) => {
    expect(error).toMatchObject({ code: 'connection.private-address' })
  })
})

test('a name that leads elsewhere after it was judged is not followed there', async () => {
  let connections = 0
  const server = createServer((socket) => {
    connections += 1
    socket.destroy()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  // A public address that nobody reaches from here, and then the server of the test.
  const answers: LookupAddress[] = [
    { address: '192.0.1.1', family: 4 },
    { address: '127.0.0.1', family: 4 },
  ]
  const asked: string[] = []
  const lookup = guardedLookup([], (name, _, done) => {
    asked.push(name)
    done(null, [answers[asked.length - 1] ?? { address: '127.0.0.1', family: 4 }])
  })
  const failure = async (): Promise<unknown> => {
    const request = get(`http://rebound.test:${port}/`, { lookup, signal: AbortSignal.timeout(300) })
    const [error] = (await once(request, 'error')) as unknown[]
    return error
  }
  expect(await failure()).not.toMatchObject({ code: 'connection.private-address' })
  expect(await failure()).toMatchObject({ code: 'connection.private-address' })
  expect([asked.length, connections]).toEqual([2, 0])
  server.close()
})
