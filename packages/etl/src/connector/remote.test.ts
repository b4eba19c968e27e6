import { expect, test } from 'vitest'
import type { RemoteSource } from './contract.ts'
import { sourceIn } from './remote.ts'

const source = (connection: RemoteSource['connection']): RemoteSource => ({
  kind: 'remote',
  connector: 'mysql',
  connection,
  reads: { table: 'orders' },
  format: { kind: 'json', columns: [] } as unknown as RemoteSource['format'],
  schema: [],
})

test.each([
  [{ host: 'db' }, { host: 'db' }],
  [{ tls: true }, { tls: true }],
  [{ tls: { ca: 'ca.pem' } }, { tls: { ca: '/shop/ca.pem' } }],
  [{ tls: { ca: '/etc/ca.pem' } }, { tls: { ca: '/etc/ca.pem' } }],
  [
    { url: 'https://api', ca: '../ca.pem' },
    { url: 'https://api', ca: '/ca.pem' },
  ],
])('certificates of %j', (connection, placed) => {
  const before = source(connection)
  expect(sourceIn('/shop', before)).toEqual({ ...before, connection: placed })
})
