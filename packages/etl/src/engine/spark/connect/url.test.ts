import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EtlError } from '../../../base/errors.ts'
import { parseSparkAddress, shownAddress } from './url.ts'

test('an address may be a host alone', () => {
  expect(parseSparkAddress('sc://spark')).toEqual({ host: 'spark', port: 15_002, tls: false, headers: {} })
  expect(parseSparkAddress('sc://spark:443/')).toMatchObject({ host: 'spark', port: 443 })
  expect(parseSparkAddress('sc://[::1]:15002')).toMatchObject({ host: '::1', port: 15_002 })
})

test('parameters have Spark’s meaning, all others are headers', () => {
  const id = '2f5d3c68-93c3-4a3f-9dd9-6f3b1a0f3c11'
  const text = `sc://h:1/;token=a%3Bb%3D;user_id=ana;session_id=${id};user_agent=me;X-Aws-Proxy-Auth=s%20t`
  expect(parseSparkAddress(text)).toEqual({
    host: 'h',
    port: 1,
    tls: true,
    token: 'a;b=',
    userId: 'ana',
    sessionId: id,
    userAgent: 'me',
    headers: { 'x-aws-proxy-auth': 's t' },
  })
  expect(parseSparkAddress('sc://h/;use_ssl=true').tls).toBe(true)
  expect(parseSparkAddress('sc://h/;use_ssl=false').tls).toBe(false)
})

test.each([
  ['http://h', /begins with sc:\/\//],
  ['sc://', /no valid host/],
  ['sc://user@h', /no valid host|nothing after the host/],
  ['sc://h:0', /from 1 to 65535, not "0"/],
  ['sc://h:65536', /not "65536"/],
  ['sc://h:', undefined],
  ['sc://h/path', /nothing after the host/],
  ['sc://h?token=hidden', /nothing after the host/],
  ['sc://h/;hidden', /no "name="/],
  ['sc://h/;=hidden', /no "name="/],
  ['sc://h/;token=', /no value/],
  ['sc://h/;token=hidden;token=hidden', /token twice/],
  ['sc://h/;token=hidden%E0%A4', /percent-encoded/],
  ['sc://h/;token=hidden%0Ax', /no header can have/],
  ['sc://h/;a b=hidden', /no header can have/],
  ['sc://h/;use_ssl=yes', /true or false, not "yes"/],
  ['sc://h/;use_ssl=false;token=hidden', /needs TLS/],
  ['sc://h/;session_id=hidden', /UUID/],
])('%s', (text, message) => {
  if (message === undefined) {
    expect(parseSparkAddress(text).port).toBe(15_002)
    return
  }
  try {
    parseSparkAddress(text)
  } catch (error) {
    expect(error).toBeInstanceOf(EtlError)
    const { code, hint, message: said } = error as EtlError
    expect(code).toBe('config.invalid')
    expect(said).toMatch(message)
    expect(`${said}${hint}`).not.toContain('hidden')
    return
  }
  throw new Error(`${text} was taken`)
})

test('any token and header arrives as it was, and is never shown', () => {
  const value = fc.string({
    unit: fc.integer({ min: 0x20, max: 0x7e }).map((c) => String.fromCharCode(c)),
    minLength: 1,
  })
  fc.assert(
    fc.property(value, value, (token, header) => {
      const text = `sc://h:7/;token=${encodeURIComponent(token)};x-h=${encodeURIComponent(header)}`
      const address = parseSparkAddress(text)
      expect(address.token).toBe(token)
      expect(address.headers['x-h']).toBe(header)
      expect(shownAddress(address)).toBe('sc://h:7')
    }),
  )
})
