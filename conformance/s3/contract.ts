import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import type { Subject } from './subject.ts'

/** An answer of S3 that the suites rely on, and where AWS documents it. */
export interface ContractCase {
  readonly answer: string
  /** Page of the Amazon S3 API reference, or of the user guide where it says so. */
  readonly source: string
  /** It takes a moment that cannot be hit from outside: only a server of ours can be asked. */
  readonly fromInside?: true
  readonly check: (subject: Subject, key: string) => Promise<void>
}

/** What became of a call: its HTTP status and S3's error code. */
export async function outcome(call: Promise<unknown>): Promise<string> {
  try {
    const { $metadata } = (await call) as { $metadata: { httpStatusCode?: number } }
    return String($metadata.httpStatusCode)
  } catch (error) {
    const { name, $metadata } = error as { name: string; $metadata?: { httpStatusCode?: number } }
    return `${$metadata?.httpStatusCode ?? 'none'} ${name}`
  }
}

const put = (
  { client, bucket }: Subject,
  Key: string,
  more: object = {},
): Promise<{ readonly ETag?: string | undefined }> =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'one', ...more }))

async function readText({ client, bucket }: Subject, Key: string, more: object = {}): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key, ...more }))
  return (await Body?.transformToString()) ?? ''
}

const megabyte = 2 ** 20

async function upload(
  { client, bucket }: Subject,
  Key: string,
  sizes: readonly number[],
): Promise<{ readonly UploadId: string; readonly Parts: { PartNumber: number; ETag: string }[] }> {
  const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key }))
  const Parts = []
  for (const [i, size] of sizes.entries()) {
    const part = { Bucket: bucket, Key, UploadId, PartNumber: i + 1, Body: Buffer.alloc(size, 97 + i) }
    const { ETag = '' } = await client.send(new UploadPartCommand(part))
    Parts.push({ PartNumber: i + 1, ETag })
  }
  return { UploadId, Parts }
}

const complete = (
  { client, bucket }: Subject,
  Key: string,
  { UploadId, Parts }: Awaited<ReturnType<typeof upload>>,
  more: object = {},
): Promise<{ readonly ETag?: string | undefined }> =>
  client.send(
    new CompleteMultipartUploadCommand({
      Bucket: bucket,
      Key,
      UploadId,
      MultipartUpload: { Parts },
      ...more,
    }),
  )

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

const uploadCases: readonly ContractCase[] = [
  {
    answer: 'a stream is stored without the framing of aws-chunked, and its trailing checksum is verified',
    source: '"Signature calculations … trailing headers"; "Checking object integrity"',
    check: async (s, key) => {
      const bytes = Buffer.alloc(200_000, 'abcdefg')
      const parts = [bytes.subarray(0, 70_000), bytes.subarray(70_000)]
      await put(s, key, {
        Body: Readable.from(parts),
        ContentLength: bytes.length,
        ChecksumAlgorithm: 'CRC32',
      })
      expect(await readText(s, key)).toBe(bytes.toString())
      const wrong = { Body: 'one', ChecksumCRC32: 'AAAAAA==' }
      expect(await outcome(put(s, key, wrong))).toBe('400 BadDigest')
    },
  },
  {
    answer: 'checksums CRC32, CRC32C, SHA1 and SHA256 are verified, kept, and told to who asks',
    source: 'user guide, "Checking object integrity in Amazon S3"',
    check: async (s, key) => {
      for (const algorithm of ['CRC32', 'CRC32C', 'SHA1', 'SHA256']) {
        expect(await outcome(put(s, key, { ChecksumAlgorithm: algorithm }))).toBe('200')
        const head = await s.client.send(
          new HeadObjectCommand({ Bucket: s.bucket, Key: key, ChecksumMode: 'ENABLED' }),
        )
        expect(head[`Checksum${algorithm}` as 'ChecksumCRC32'], algorithm).toMatch(/=$/)
      }
    },
  },
  {
    answer: 'parts become one object whose ETag ends in their number; an abort leaves nothing',
    source: 'CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload',
    check: async (s, key) => {
      const begun = await upload(s, key, [5 * megabyte, 3])
      expect(await outcome(s.client.send(new GetObjectCommand({ Bucket: s.bucket, Key: key })))).toBe(
        '404 NoSuchKey',
      )
      const { ETag } = await complete(s, key, begun)
      expect(ETag).toMatch(/^"[0-9a-f]{32}-2"$/)
      expect(await readText(s, key, { Range: `bytes=${5 * megabyte - 1}-` })).toBe('abbb')
      const other = await upload(s, `${key}-2`, [3])
      const abort = { Bucket: s.bucket, Key: `${key}-2`, UploadId: other.UploadId }
      expect(await outcome(s.client.send(new AbortMultipartUploadCommand(abort)))).toBe('204')
      expect(await outcome(complete(s, `${key}-2`, other))).toBe('404 NoSuchUpload')
    },
  },
  {
    answer: 'a part below 5 MiB that is not the last, a wrong ETag, a wrong order are refused',
    source: 'CompleteMultipartUpload, "Errors"; user guide, "multipart upload limits"',
    check: async (s, key) => {
      const small = await upload(s, key, [3, 3])
      expect(await outcome(complete(s, key, small))).toBe('400 EntityTooSmall')
      const parts = small.Parts.map((part) => ({ ...part, ETag: '"0"' }))
      expect(await outcome(complete(s, key, { ...small, Parts: parts }))).toBe('400 InvalidPart')
      expect(await outcome(complete(s, key, { ...small, Parts: small.Parts.toReversed() }))).toBe(
        '400 InvalidPartOrder',
      )
    },
  },
  {
    answer: 'the key of SSE-KMS is answered by PUT, HEAD and uploads, and the ETag is no MD5',
    source: 'user guide, "Specifying server-side encryption with AWS KMS"; "Object", "ETag"',
    check: async (s, key) => {
      const kms = { ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'arn:aws:kms:eu-central-1:1:key/2' }
      const { ETag } = await put(s, key, kms)
      expect(ETag).not.toContain('f97c5d29941bfb1b2fdab0874906ab82')
      expect(await s.client.send(new HeadObjectCommand({ Bucket: s.bucket, Key: key }))).toMatchObject(kms)
      const begun = new CreateMultipartUploadCommand({ Bucket: s.bucket, Key: key, ...(kms as object) })
      expect(await s.client.send(begun)).toMatchObject(kms)
    },
  },
]

const listingCases: readonly ContractCase[] = [
  {
    answer: 'keys come in pages, in the order of their UTF-8 bytes, under the prefix only',
    source: 'ListObjectsV2',
    check: async (s, key) => {
      const names = ['a', 'a b+c', 'a/1', 'B', 'ä', '\u{ff5e}', '\u{1f600}', 'z<&>"']
      for (const name of names) await put(s, `${key}/${name}`)
      await put(s, `${key}0`)
      const listed: string[] = []
      let ContinuationToken: string | undefined
      do {
        const page = await s.client.send(
          new ListObjectsV2Command({ Bucket: s.bucket, Prefix: `${key}/`, MaxKeys: 3, ContinuationToken }),
        )
        listed.push(...(page.Contents ?? []).map((o) => (o.Key ?? '').slice(key.length + 1)))
        expect(page.KeyCount).toBeLessThanOrEqual(3)
        ContinuationToken = page.NextContinuationToken
      } while (ContinuationToken !== undefined)
      expect(listed).toEqual(names.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))))
    },
  },
  {
    answer: 'a delimiter folds keys into common prefixes; encoding-type=url escapes keys',
    source: 'ListObjectsV2, "delimiter", "encoding-type"',
    check: async (s, key) => {
      for (const name of ['a/1', 'a/2', 'b/1', 'c d+']) await put(s, `${key}/${name}`)
      const asked = { Bucket: s.bucket, Prefix: `${key}/`, Delimiter: '/' }
      const page = await s.client.send(new ListObjectsV2Command(asked))
      expect(page.CommonPrefixes?.map((p) => p.Prefix)).toEqual([`${key}/a/`, `${key}/b/`])
      expect(page.Contents?.map((o) => o.Key)).toEqual([`${key}/c d+`])
      const escaped = await s.client.send(new ListObjectsV2Command({ ...asked, EncodingType: 'url' }))
      expect(escaped.Contents?.[0]?.Key).toMatch(/c(\+|%20)d%2B$/)
      const wrong = new ListObjectsV2Command({ Bucket: s.bucket, ContinuationToken: 'not a token' })
      expect(await outcome(s.client.send(wrong))).toBe('400 InvalidArgument')
    },
  },
]

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
