import {
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
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

export const put = (
  { client, bucket }: Subject,
  Key: string,
  more: object = {},
): Promise<{ readonly ETag?: string | undefined }> =>
  client.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'one', ...more }))

export async function readText({ client, bucket }: Subject, Key: string, more: object = {}): Promise<string> {
  const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key, ...more }))
  return (await Body?.transformToString()) ?? ''
}

export const megabyte = 2 ** 20

export async function upload(
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

export const complete = (
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
