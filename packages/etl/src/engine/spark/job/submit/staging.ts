import { readFile } from 'node:fs/promises'
import { loadOptional } from '../../../../base/optional.ts'
import type { AwsJobOptions } from '../declare.ts'
import type { Job } from '../manifest.ts'
import { runnerFile } from '../runner-file.ts'
import { asking, attempts } from './aws.ts'

/** A job's files in S3. */
export interface Staging extends AsyncDisposable {
  /** `s3://…` */
  readonly runner: string
  readonly manifest: string
  readonly report: string
  /** The text of the report; undefined when there is none. */
  readonly readReport: () => Promise<string | undefined>
  /** Leaves the files where they are: somebody may still need them. */
  readonly keep: () => void
  /** Nobody needs them any more. */
  readonly drop: () => void
}

/** Puts the runner and a manifest into S3, in a folder of the job's own. They are deleted by disposing of it. */
export async function stageJob(job: Job, options: AwsJobOptions): Promise<Staging> {
  const { S3Client, PutObjectCommand, GetObjectCommand, DeleteObjectCommand } = await loadOptional(
    '@aws-sdk/client-s3',
    () => import('@aws-sdk/client-s3'),
  )
  const { staging, region } = options
  const [, Bucket = '', prefix = ''] = /^s3:\/\/([^/]+)\/?(.*?)\/?$/.exec(staging) ?? []
  const client = new S3Client({ maxAttempts: attempts, ...(region === undefined ? {} : { region }) })
  const folder = `${prefix === '' ? '' : `${prefix}/`}${job.manifest.id}`
  const keys = ['runner.py', 'manifest.json', 'report.json'].map((name) => `${folder}/${name}`)
  const [runner = '', manifest = '', report = ''] = keys
  const put = (Key: string, Body: string): Promise<unknown> =>
    asking(`putting s3://${Bucket}/${Key}`, () => client.send(new PutObjectCommand({ Bucket, Key, Body })))
  let kept = false
  await put(runner, await readFile(runnerFile, 'utf8'))
  await put(manifest, job.text)
  return {
    runner: `s3://${Bucket}/${runner}`,
    manifest: `s3://${Bucket}/${manifest}`,
    report: `s3://${Bucket}/${report}`,
    readReport: () =>
      asking(`getting s3://${Bucket}/${report}`, async () => {
        try {
          const { Body } = await client.send(new GetObjectCommand({ Bucket, Key: report }))
          return await Body?.transformToString()
        } catch (error) {
          if ((error as { name?: string }).name === 'NoSuchKey') return undefined
          throw error
        }
      }),
    keep: () => {
      kept = true
    },
    drop: () => {
      kept = false
    },
    [Symbol.asyncDispose]: async () => {
      // What cannot be deleted is the least of the troubles of a job that failed, and harms none that succeeded.
      const deleted = kept ? [] : keys.map((Key) => client.send(new DeleteObjectCommand({ Bucket, Key })))
      await Promise.allSettled(deleted)
      client.destroy()
    },
  }
}
