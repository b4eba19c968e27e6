import { secret } from '../../packages/etl/src/base/secret.ts'
import type { S3Options } from '../../packages/etl/src/store/s3/options.ts'
import { rootKey, type S3Server } from './server/index.ts'

/** The settings of the product for a test server, with its keys in the environment. */
export function settingsOf(server: S3Server): S3Options {
  process.env['S3_TEST_ID'] = rootKey.id
  process.env['S3_TEST_SECRET'] = rootKey.secret
  return {
    region: 'eu-central-1',
    endpoint: server.endpoint,
    credentials: { accessKeyId: secret('env:S3_TEST_ID'), secretAccessKey: secret('env:S3_TEST_SECRET') },
  }
}
