import { EtlError } from '../base/errors.ts'

const form = /^s3:\/\/([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:\/(.*))?$/s

/** Whether a path names something in S3. */
export const isS3 = (path: string): boolean => path.startsWith('s3://')

export interface S3Address {
  readonly bucket: string
  /** Without a leading slash; empty for the bucket itself. */
  readonly key: string
}

/**
 * Splits `s3://bucket/key`. Fails with `config.invalid` on a bucket name that S3 does not allow (user guide, "General
 * purpose bucket naming rules").
 */
export function parseAddress(address: string): S3Address {
  const [, bucket, key = ''] = form.exec(address) ?? []
  if (bucket !== undefined) return { bucket, key }
  throw new EtlError('config.invalid', `${address} is not the address of an object or folder in S3`, {
    hint: 'Write s3://bucket/folder/file; bucket names have 3 to 63 lower-case letters, digits, dots and hyphens.',
  })
}
