import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openLake } from '../../packages/etl/src/lake/index.ts'
import type { TemporaryLake } from '../lake/temporary-lake.ts'
import { rootKey, type S3Server, startS3Server } from './server/index.ts'

let running: Promise<S3Server> | undefined
let lakes = 0

/** The bucket of all temporary lakes. */
export const lakeBucket = 'lakes'

/** One server for all lakes of a test file; the environment names it, as a user's would. It ends with the process. */
export function lakeServer(): Promise<S3Server> {
  running ??= startS3Server().then((server) => {
    server.makeBucket(lakeBucket)
    Object.assign(process.env, serverEnvironment(server))
    return server
  })
  return running
}

/** What a process needs to know of a server. */
export const serverEnvironment = (server: S3Server): Record<string, string> => ({
  AWS_ENDPOINT_URL_S3: server.endpoint,
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: rootKey.id,
  AWS_SECRET_ACCESS_KEY: rootKey.secret,
})

/** Opens a lake in S3 that nobody else uses, with a cache of its own. */
export async function temporaryS3Lake(prefix = 'lake-'): Promise<TemporaryLake> {
  const server = await lakeServer()
  const cacheFolder = await mkdtemp(join(tmpdir(), prefix))
  process.env['XDG_CACHE_HOME'] = cacheFolder
  const folder = `s3://${lakeBucket}/${prefix}${(lakes += 1)}`
  const lake = await openLake({ folder, cacheFolder })
  return {
    folder,
    lake,
    [Symbol.asyncDispose]: async () => {
      await lake[Symbol.asyncDispose]()
      const bucket = server.buckets.get(lakeBucket)
      const key = `${folder.slice(`s3://${lakeBucket}/`.length)}/`
      for (const name of bucket?.objects.keys() ?? []) if (name.startsWith(key)) bucket?.delete(name)
      await rm(cacheFolder, { recursive: true, force: true })
    },
  }
}

/** The text of a data file as it lies in S3, by the path of its copy. */
export async function textInS3(path: string): Promise<string> {
  const [, rest = ''] = /\/open\/[0-9a-f-]{36}(\/.*)$/.exec(path) ?? []
  const bucket = (await lakeServer()).buckets.get(lakeBucket)
  const found = [...(bucket?.objects ?? [])].filter(([key]) => key.endsWith(rest))
  const [[, object] = [undefined, undefined]] = found
  if (rest === '' || found.length !== 1 || object === undefined)
    throw new Error(`ENOENT: ${path} stands for ${found.length} objects`)
  return object.bytes.toString('utf8')
}
