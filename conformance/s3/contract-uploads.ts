import { Readable } from 'node:stream'
import {
  AbortMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
} from '@aws-sdk/client-s3'
import { expect } from 'vitest'
import { complete, type ContractCase, megabyte, outcome, put, readText, upload } from './contract-case.ts'

/** Bodies, parts, checksums and encryption. */
export const uploadCases: readonly ContractCase[] = [
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
