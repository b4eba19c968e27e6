import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect } from 'vitest'
import type { EtlError } from '../../packages/etl/src/base/errors.ts'
import type { HttpOptions } from '../../packages/etl/src/connector/http.ts'
import type { HttpApi } from '../../packages/etl/src/connector/http-api.ts'
import { remoteOf } from '../../packages/etl/src/connector/remote.ts'
import { http, int64, secret } from '../../packages/etl/src/index.ts'
import { type Server, startServer } from './server.ts'

/** The service that is asked. */
export let server: Server
/** Another host. */
export let elsewhere: Server
/** A folder for what is fetched. */
export let folder: string

beforeAll(async () => {
  ;[server, elsewhere] = [await startServer(), await startServer()]
  folder = await mkdtemp(path.join(tmpdir(), 'http-bad-'))
})
afterAll(async () => {
  await server?.[Symbol.asyncDispose]()
  await elsewhere?.[Symbol.asyncDispose]()
  await rm(folder, { recursive: true, force: true })
})

export const columns = { id: int64({ required: true }) }
type Columns = typeof columns
type Options = Partial<HttpOptions<Columns>>

process.env['HTTP_TEST_TOKEN'] = 'tok-secret-123456'
export const auth = { kind: 'bearer', token: secret('env:HTTP_TEST_TOKEN') } as const

/** Fetches what a server gives: the staged records. */
export async function fetched(
  options: Options = {},
  api: HttpApi = server.api({ auth }),
): Promise<readonly string[]> {
  const source = http(api, { path: 'things', rows: '$.data[*]', columns, ...options })
  const remote = await remoteOf(source)
  const to = await mkdtemp(path.join(folder, 'f-'))
  const { fresh, overlap, records } = await remote.fetch(source, { position: undefined, folder: to })
  expect(overlap).toBeUndefined()
  const texts = await Promise.all(fresh.map((f) => readFile(f.path, 'utf8')))
  const lines = texts.flatMap((t) => t.trimEnd().split('\n'))
  expect(records).toBe(lines.length)
  return lines
}

/** The failure of a fetch; it never shows the token. */
export async function failure(options: Options = {}, api: HttpApi = server.api({ auth })): Promise<EtlError> {
  const error = await fetched(options, api).then(
    () => undefined,
    (e: unknown) => e as EtlError,
  )
  expect(error, 'the fetch should fail').toBeDefined()
  expect(`${error?.message} ${error?.hint} ${JSON.stringify(error)}`).not.toContain('tok-secret')
  return error as EtlError
}

/** One record. */
export const good = '{"data":[{"id":1}]}'
export const byPage = { by: 'page', param: 'page' } as const
export const byCursor = { by: 'cursor', param: 'c', next: '$.next' } as const
