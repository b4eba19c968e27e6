import type { KinesisClient } from '@aws-sdk/client-kinesis'
import { loadOptional } from '../../base/optional.ts'

type Sdk = typeof import('@aws-sdk/client-kinesis')

export const loadSdk = (): Promise<Sdk> =>
  loadOptional('@aws-sdk/client-kinesis', () => import('@aws-sdk/client-kinesis'), install)

const install = '@aws-sdk/client-kinesis @smithy/node-http-handler'

/** Attempts that the SDK makes of a call as a whole. */
const attempts = 6
const connectionMs = 10_000
/** A connection on which nothing moves for so long is broken. */
const silenceMs = 30_000

/** Makes a client of Kinesis; region, endpoint and credentials come from where all tools of AWS take them. */
export async function makeClient(): Promise<KinesisClient> {
  const { KinesisClient } = await loadSdk()
  const { NodeHttpHandler } = await loadOptional(
    '@smithy/node-http-handler',
    () => import('@smithy/node-http-handler'),
    install,
  )
  return new KinesisClient({
    maxAttempts: attempts,
    // The client's own speaks HTTP/2, which endpoints without TLS do not.
    requestHandler: new NodeHttpHandler({ connectionTimeout: connectionMs, socketTimeout: silenceMs }),
  })
}
