import { expect, test } from 'vitest'
import { isS3, parseAddress } from './address.ts'
import { usesPathStyle } from './s3/options.ts'

test('an address is a bucket and a key, which may hold anything', () => {
  expect(parseAddress('s3://shop/in/a b+ü//1.csv')).toEqual({ bucket: 'shop', key: 'in/a b+ü//1.csv' })
  expect(parseAddress('s3://shop.logs-2')).toEqual({ bucket: 'shop.logs-2', key: '' })
  expect([isS3('s3://shop/a'), isS3('/s3:/a'), isS3('data/a.csv')]).toEqual([true, false, false])
})

test.for([
  's3://',
  's3:///key',
  's3://Shop/key',
  's3://sh',
  's3://shop_1/key',
  's3://-shop/key',
  'https://shop/key',
])('%s is no address', (address) => {
  expect(() => parseAddress(address)).toThrow(expect.objectContaining({ code: 'config.invalid' }))
})

test('buckets stand in the path where the endpoint is not that of AWS', () => {
  const endpoint = 'https://s3.eu-central-1.amazonaws.com'
  const styles = [{}, { endpoint }, { endpoint: 'http://localhost:9000' }, { endpoint, forcePathStyle: true }]
  const before = process.env['AWS_ENDPOINT_URL_S3']
  delete process.env['AWS_ENDPOINT_URL_S3']
  expect(styles.map(usesPathStyle)).toEqual([false, false, true, true])
  process.env['AWS_ENDPOINT_URL_S3'] = 'http://localhost:9000'
  expect(usesPathStyle({})).toBe(true)
  delete process.env['AWS_ENDPOINT_URL_S3']
  if (before !== undefined) process.env['AWS_ENDPOINT_URL_S3'] = before
})
