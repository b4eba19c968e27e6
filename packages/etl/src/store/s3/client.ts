import type { S3Client, S3ClientConfig } from '@aws-sdk/client-s3'
import { loadOptional } from '../../base/optional.ts'
import { readSecret } from '../../base/secret.ts'
import { type S3Options, usesPathStyle } from './options.ts'

type Sdk = typeof import('@aws-sdk/client-s3')
type Storage = typeof import('@aws-sdk/lib-storage')

const install = '@aws-sdk/client-s3 @aws-sdk/lib-storage'

export const loadSdk = (): Promise<Sdk> =>
  loadOptional('@aws-sdk/client-s3', () => import('@aws-sdk/client-s3'), install)
export const loadStorage = (): Promise<Storage> =>
  loadOptional('@aws-sdk/lib-storage', () => import('@aws-sdk/lib-storage'), install)

/** Attempts that the SDK makes of a call: throttling, broken connections, faults of the service. */
const attempts = 6
const connectionMs = 10_000
/** A connection on which nothing moves for so long is broken. */
const silenceMs = 60_000
const connections = 64
const secretsKeptMs = 10 * 60_000
/** The SDK fetches credentials anew when they have less than this left. Source: `EXPIRATION_MS` of @smithy/core. */
const refreshedBeforeMs = 5 * 60_000

/** Makes a client of S3. */
export async function makeClient(options: S3Options): Promise<S3Client> {
  const { S3Client } = await loadSdk()
  const { region, endpoint } = options
  const credentials = credentialsOf(options)
  return new S3Client({
    maxAttempts: attempts,
    forcePathStyle: usesPathStyle(options),
    requestHandler: {
      connectionTimeout: connectionMs,
      socketTimeout: silenceMs,
      httpAgent: { maxSockets: connections, keepAlive: true },
      httpsAgent: { maxSockets: connections, keepAlive: true },
    },
    // Whoever changes the bucket's region gets an error that says so.
    followRegionRedirects: false,
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(credentials === undefined ? {} : { credentials }),
  })
}

function credentialsOf({ credentials }: S3Options): S3ClientConfig['credentials'] | undefined {
  if (credentials === undefined) return undefined
  return async () => {
    const { sessionToken } = credentials
    const token = sessionToken === undefined ? undefined : (await readSecret(sessionToken)).reveal()
    return {
      accessKeyId: (await readSecret(credentials.accessKeyId)).reveal(),
      secretAccessKey: (await readSecret(credentials.secretAccessKey)).reveal(),
      ...(token === undefined ? {} : { sessionToken: token }),
      expiration: new Date(Date.now() + secretsKeptMs + refreshedBeforeMs),
    }
  }
}
