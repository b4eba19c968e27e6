import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3'
import { rootKey, type S3Server, startS3Server } from './server/index.ts'

/** The S3 that a suite talks to, with a bucket of the suite's own. */
export interface Subject extends AsyncDisposable {
  readonly client: S3Client
  readonly config: S3ClientConfig
  readonly bucket: string
  /** Undefined where it is not ours: no faults on demand there. */
  readonly server: S3Server | undefined
}

/** Whether the suite starts a server itself. */
export const isOurs: boolean = process.env['S3_CONTRACT_ENDPOINT'] === undefined

/**
 * Starts our server, or takes the one that `S3_CONTRACT_ENDPOINT` names with `S3_CONTRACT_BUCKET` and the credentials of the
 * environment: the same contract then judges another emulator, or S3 itself (`https://s3.<region>.amazonaws.com`).
 */
export async function openSubject(bucket: string): Promise<Subject> {
  const endpoint = process.env['S3_CONTRACT_ENDPOINT']
  if (endpoint !== undefined) {
    const config: S3ClientConfig = { endpoint, forcePathStyle: true, maxAttempts: 1 }
    const client = new S3Client(config)
    const named = process.env['S3_CONTRACT_BUCKET'] ?? bucket
    return {
      client,
      config,
      bucket: named,
      server: undefined,
      [Symbol.asyncDispose]: async () => client.destroy(),
    }
  }
  const server = await startS3Server()
  server.makeBucket(bucket)
  const config: S3ClientConfig = {
    endpoint: server.endpoint,
    region: 'eu-central-1',
    forcePathStyle: true,
    maxAttempts: 1,
    credentials: { accessKeyId: rootKey.id, secretAccessKey: rootKey.secret },
  }
  const client = new S3Client(config)
  return {
    client,
    config,
    bucket,
    server,
    [Symbol.asyncDispose]: async () => {
      client.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}
