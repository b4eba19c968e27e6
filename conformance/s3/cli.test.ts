import { mkdir, readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Ended, openWorkplace, securecart, type Workplace } from '../cli/securecart.ts'
import { putText } from './put-text.ts'
import { rootKey, type S3Server, startS3Server } from './server/index.ts'
import { serverEnvironment } from './temporary-lake.ts'

let server: S3Server
let at: Workplace

const configuration = (endpoint: string): string => `
import { csv, defineConfig, int64, secret, table, text } from '@securecart/etl'
const orders = table('raw.orders', { from: csv('s3://shop/in/*.csv', { columns: { id: int64(), name: text() } }) })
export default defineConfig({
  lake: 's3://shop/lake',
  pipelines: [orders],
  s3: {
    endpoint: '${endpoint}',
    region: 'eu-central-1',
    credentials: { accessKeyId: secret('env:SHOP_KEY'), secretAccessKey: secret('file:${path.join(at.folder, 'secret')}') },
  },
})
`

beforeAll(async () => {
  server = await startS3Server()
  server.makeBucket('shop')
  at = await openWorkplace()
  process.env['SHOP_KEY'] = rootKey.id
  process.env['XDG_CACHE_HOME'] = path.join(at.folder, 'cache')
  await writeFile(path.join(at.folder, 'secret'), `${rootKey.secret}\n`)
  await writeFile(path.join(at.folder, 'securecart.config.ts'), configuration(server.endpoint))
  putText(server, 'shop', 'in/1.csv', 'id,name\n1,a\n2,b\nx,c\n')
})
afterAll(async () => {
  await server[Symbol.asyncDispose]()
  await at[Symbol.asyncDispose]()
})

async function ok(...args: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await securecart(args, { cwd: at.folder })
  expect(`${code} ${code === 0 ? '' : stderr}`).toBe('0 ')
  return stdout
}

test('a project with sources and lake in S3 is planned, run, looked at, exported and maintained', async () => {
  expect(JSON.parse(await ok('plan', '--json'))).toMatchObject({ tables: [{ action: 'full', files: 1 }] })
  expect(server.log.some((l) => l.startsWith('Put'))).toBe(false)
  const counts = { read: 3, written: 2, rejected: 1 }
  expect(JSON.parse(await ok('run', '--json'))).toMatchObject({ tables: [{ action: 'full', counts }] })
  putText(server, 'shop', 'in/2.csv', 'id,name\n3,c\n')
  expect(JSON.parse(await ok('run', '--json'))).toMatchObject({ tables: [{ action: 'append' }] })
  expect(JSON.parse(await ok('tables', '--json'))).toMatchObject({
    tables: [{ table: 'raw.orders', rows: 3 }],
  })
  expect(await ok('query', 'select sum(id) as total from raw.orders', '--json')).toContain('6')
  expect(await ok('show', 'raw.orders$rejected')).toContain('s3://shop/in/1.csv')
  expect(JSON.parse(await ok('history', 'raw.orders', '--json'))).toMatchObject({ snapshots: [{}, {}] })
  await ok('export', 'raw.orders', 'orders.csv')
  expect((await readFile(path.join(at.folder, 'orders.csv'), 'utf8')).split('\n').length).toBe(5)
  const kept = ['--keep', '1', '--older-than', '0s', '--json']
  expect(JSON.parse(await ok('maintain', ...kept))).toMatchObject({ tables: [{ compactedFiles: 2 }, {}] })
  expect(await ok('query', 'select count(*) as n from raw.orders', '--json')).toContain('3')
})

test('without a project the environment says how S3 is reached', async () => {
  Object.assign(process.env, serverEnvironment(server))
  await mkdir(path.join(at.folder, 'elsewhere'))
  const inFolder = (...args: string[]): Promise<Ended> =>
    securecart(args, { cwd: path.join(at.folder, 'elsewhere') })
  const inferred = await inFolder('infer', 's3://shop/in/1.csv')
  expect(inferred.stdout).toContain("csv('s3://shop/in/1.csv'")
  expect((await inFolder('infer', 's3://shop/in/none.csv')).stderr).toContain('source.missing')
  const converted = await inFolder('convert', 's3://shop/in', 'all.parquet', '--json')
  expect(JSON.parse(converted.stdout)).toMatchObject({ inputFiles: 2, rows: 4 })
  const asked = await inFolder('tables', '--lake', 's3://shop/lake', '--json')
  expect(JSON.parse(asked.stdout)).toMatchObject({ tables: [{ table: 'raw.orders' }] })
})

test('a refused key is told without a trace of it, and nothing is made in the bucket', async () => {
  const before = server.buckets.get('shop')?.objects.size
  process.env['SHOP_KEY'] = 'AKIDUNKNOWN00000'
  const { code, stderr } = await securecart(['run'], { cwd: at.folder })
  process.env['SHOP_KEY'] = rootKey.id
  expect(code).not.toBe(0)
  expect(stderr).toContain('connection.unauthorized')
  expect(stderr).not.toContain(rootKey.secret)
  expect(server.buckets.get('shop')?.objects.size).toBe(before)
})

test('commands that do not touch S3 do not load its client', async () => {
  const hook = path.join(at.folder, 'hook.mjs')
  await writeFile(
    hook,
    `import { registerHooks } from 'node:module'
registerHooks({ resolve(specifier, context, next) {
  if (specifier.startsWith('@aws-sdk/')) process.stderr.write('LOADED ' + specifier + '\\n')
  return next(specifier, context)
} })\n`,
  )
  process.env['NODE_OPTIONS'] = `--import=${hook}`
  const loads = async (...args: string[]): Promise<boolean> =>
    (await securecart(args, { cwd: at.folder })).stderr.includes('LOADED')
  try {
    await writeFile(path.join(at.folder, 'here.csv'), 'id\n1\n')
    expect(await loads('--help')).toBe(false)
    expect(await loads('check')).toBe(false)
    expect(await loads('infer', 'here.csv')).toBe(false)
    expect(await loads('convert', 'here.csv', 'here.parquet')).toBe(false)
    expect(await loads('tables')).toBe(true)
  } finally {
    delete process.env['NODE_OPTIONS']
  }
})
