import { Readable } from 'node:stream'
import {
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import { complete, type ContractCase, outcome, put, readText, upload } from './contract-case.ts'
import { listingCases } from './contract-listing.ts'
import { uploadCases } from './contract-uploads.ts'

const objectCases: readonly ContractCase[] = [
  {
    answer: 'an object is read as it was written, with its ETag, length and time',
    source: 'PutObject, GetObject, HeadObject',
    check: async (s, key) => {
      const { ETag } = await put(s, key)
      expect(ETag).toBe('"f97c5d29941bfb1b2fdab0874906ab82"')
      expect(await readText(s, key)).toBe('one')
      const head = await s.client.send(new HeadObjectCommand({ Bucket: s.bucket, Key: key }))
      expect([head.ContentLength, head.ETag]).toEqual([3, ETag])
      expect(Math.abs(Date.now() - Number(head.LastModified))).toBeLessThan(60_000)
    },
  },
  {
    answer: 'a missing key is 404 NoSuchKey to GET and a bare 404 to HEAD; a missing bucket is NoSuchBucket',
    source: 'GetObject, HeadObject, "Error responses"',
    check: async ({ client, bucket }, Key) => {
      expect(await outcome(client.send(new GetObjectCommand({ Bucket: bucket, Key })))).toBe('404 NoSuchKey')
      expect(await outcome(client.send(new HeadObjectCommand({ Bucket: bucket, Key })))).toBe('404 NotFound')
      const elsewhere = new GetObjectCommand({ Bucket: `${bucket}-missing`, Key })
      expect(await outcome(client.send(elsewhere))).toBe('404 NoSuchBucket')
    },
  },
  {
    answer: 'a range gives its bytes with 206; one that begins behind the end is 416 InvalidRange',
    source: 'GetObject, "Range"; RFC 9110 section 14',
    check: async (s, key) => {
      await put(s, key, { Body: '0123456789' })
      expect(await readText(s, key, { Range: 'bytes=2-4' })).toBe('234')
      expect(await readText(s, key, { Range: 'bytes=7-' })).toBe('789')
      expect(await readText(s, key, { Range: 'bytes=-2' })).toBe('89')
      const range = new GetObjectCommand({ Bucket: s.bucket, Key: key, Range: 'bytes=4-99' })
      expect(await s.client.send(range)).toMatchObject({ ContentRange: 'bytes 4-9/10', ContentLength: 6 })
      const beyond = new GetObjectCommand({ Bucket: s.bucket, Key: key, Range: 'bytes=10-' })
      expect(await outcome(s.client.send(beyond))).toBe('416 InvalidRange')
    },
  },
  {
    answer: 'GET with If-Match of another ETag is 412, with If-None-Match of this one 304',
    source: 'GetObject, "If-Match", "If-None-Match"',
    check: async (s, key) => {
      const { ETag } = await put(s, key)
      expect(await readText(s, key, { IfMatch: ETag })).toBe('one')
      const get = (more: object): Promise<string> =>
        outcome(s.client.send(new GetObjectCommand({ Bucket: s.bucket, Key: key, ...more })))
      expect(await get({ IfMatch: '"0"' })).toBe('412 PreconditionFailed')
      expect(await get({ IfNoneMatch: ETag })).toMatch(/^304/)
    },
  },
  {
    answer: 'deleting is 204 whether there was an object or not; many are deleted at once',
    source: 'DeleteObject, DeleteObjects',
    check: async (s, key) => {
      await put(s, key)
      await put(s, `${key} & <2>`)
      const { client, bucket } = s
      expect(
        await outcome(client.send(new DeleteObjectCommand({ Bucket: bucket, Key: `${key}-none` }))),
      ).toBe('204')
      const Objects = [{ Key: key }, { Key: `${key} & <2>` }, { Key: `${key}-none` }]
      const { Deleted, Errors } = await client.send(
        new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }),
      )
      expect([Deleted?.length, Errors]).toEqual([3, undefined])
      expect(await outcome(put(s, key, { IfNoneMatch: '*' }))).toBe('200')
    },
  },
]

const conditionalCases: readonly ContractCase[] = [
  {
    answer: 'PUT with If-None-Match: * is 200 where nothing is and 412 where something is, which stays',
    source: 'user guide, "How to prevent object overwrites with conditional writes"',
    check: async (s, key) => {
      expect(await outcome(put(s, key, { IfNoneMatch: '*' }))).toBe('200')
      expect(await outcome(put(s, key, { Body: 'two', IfNoneMatch: '*' }))).toBe('412 PreconditionFailed')
      expect(await readText(s, key)).toBe('one')
    },
  },
  {
    answer: 'PUT with If-Match replaces the object of that ETag, is 412 on another and 404 on none',
    source: 'user guide, "How to prevent object overwrites with conditional writes"',
    check: async (s, key) => {
      const { ETag } = await put(s, key)
      expect(await outcome(put(s, key, { Body: 'two', IfMatch: ETag }))).toBe('200')
      expect(await outcome(put(s, key, { Body: 'three', IfMatch: ETag }))).toBe('412 PreconditionFailed')
      expect(await outcome(put(s, `${key}-none`, { IfMatch: ETag }))).toBe('404 NoSuchKey')
      expect(await readText(s, key)).toBe('two')
    },
  },
  {
    answer: 'of eight conditional writes at the same time exactly one happens',
    source: 'user guide, "Conditional write behavior"',
    check: async (s, key) => {
      const { ETag } = await put(s, key)
      const race = (condition: object, to: string): Promise<string[]> =>
        Promise.all(Array.from({ length: 8 }, (_, i) => outcome(put(s, to, { Body: `${i}`, ...condition }))))
      for (const results of [
        await race({ IfMatch: ETag }, key),
        await race({ IfNoneMatch: '*' }, `${key}-new`),
      ]) {
        expect(results.filter((r) => r === '200')).toHaveLength(1)
        // A write that overlaps with another may be told so in place of 412.
        expect(results.filter((r) => /^(412|409)/.test(r))).toHaveLength(7)
      }
    },
  },
  {
    answer: 'a conditional write during which the key is deleted is 409 ConditionalRequestConflict',
    source: 'user guide, "Conditional write behavior"',
    fromInside: true,
    check: async (s, key) => {
      if (s.server === undefined) return
      await put(s, key)
      s.server.begun.length = 0
      const body = new Readable({ read: () => undefined })
      body.push('par')
      const writing = outcome(put(s, key, { Body: body, ContentLength: 6, IfNoneMatch: '*' }))
      await until(() => s.server?.begun.includes(`PutObject ${s.bucket}/${key}`) === true)
      await s.client.send(new DeleteObjectCommand({ Bucket: s.bucket, Key: key }))
      body.push('tly')
      body.push(null)
      expect(await writing).toBe('409 ConditionalRequestConflict')
    },
  },
  {
    answer: 'completing a multipart upload takes the same conditions: 412, and the object stays',
    source: 'CompleteMultipartUpload, "If-Match", "If-None-Match"',
    check: async (s, key) => {
      const first = await upload(s, key, [3])
      expect(await outcome(complete(s, key, first, { IfNoneMatch: '*' }))).toBe('200')
      const second = await upload(s, key, [4])
      expect(await outcome(complete(s, key, second, { IfNoneMatch: '*' }))).toBe('412 PreconditionFailed')
      expect(await outcome(complete(s, key, second, { IfMatch: '"0"' }))).toBe('412 PreconditionFailed')
      expect(await readText(s, key)).toBe('aaa')
    },
  },
]

async function until(condition: () => boolean): Promise<void> {
  for (let i = 0; i < 500 && !condition(); i++) await new Promise((resolve) => setTimeout(resolve, 10))
  expect(condition()).toBe(true)
}

const securityCases: readonly ContractCase[] = [
  {
    answer: 'a wrong secret is 403 SignatureDoesNotMatch, an unknown key 403 InvalidAccessKeyId',
    source: '"Error responses"; "Authenticating Requests (AWS Signature Version 4)"',
    check: async ({ config, bucket }, Key) => {
      const attempt = async (accessKeyId: string, secretAccessKey: string): Promise<string> => {
        const client = new S3Client({ ...config, credentials: { accessKeyId, secretAccessKey } })
        try {
          return await outcome(client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'x' })))
        } finally {
          client.destroy()
        }
      }
      const real = config.credentials
      const id =
        typeof real === 'object' && 'accessKeyId' in real
          ? real.accessKeyId
          : process.env['AWS_ACCESS_KEY_ID']
      expect(await attempt(id ?? '', 'wrong')).toBe('403 SignatureDoesNotMatch')
      expect(await attempt('AKIDUNKNOWN00000', 'wrong')).toBe('403 InvalidAccessKeyId')
    },
  },
]

/** Every answer of S3 that our suites rely on. */
export const contractCases: readonly ContractCase[] = [
  ...objectCases,
  ...conditionalCases,
  ...uploadCases,
  ...listingCases,
  ...securityCases,
]
