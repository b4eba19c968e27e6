import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { commands } from '../../packages/etl/src/cli/commands.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { missingKinesisLocal } from '../../tools/peers/kinesis-local.ts'
import { environmentOf, type LocalStreams, openStreams } from '../kinesis/local-stream.ts'
import { type Database, openDatabase } from '../mysql/database.ts'
import { command, openProject, securecart, type Workplace } from './securecart.ts'

let at: Workplace
/** What the examples call `db.example.com`; where there is no MariaDB, they are not run. */
let db: Database | undefined
/** Where the examples' streams are; without it they are not run. */
let streams: LocalStreams | undefined

beforeAll(async () => {
  at = await openProject()
  if (missingMariadb() === undefined) {
    db = await openDatabase()
    await db.run(
      'create table orders (id bigint primary key, total decimal(10,2))',
      `create user etl identified by 'read-me'`,
      'grant select on shop.* to etl',
    )
  }
  if (missingKinesisLocal() === undefined) {
    streams = await openStreams()
    await streams.create('orders', 1)
    for (const [name, value] of Object.entries(environmentOf(streams.endpoint))) process.env[name] = value
  }
  await securecart(['run'], { cwd: at.folder })
})

afterAll(async () => {
  await at[Symbol.asyncDispose]()
  await db?.[Symbol.asyncDispose]()
  await streams?.[Symbol.asyncDispose]()
})

test('the overview names every command, with and without --help', async () => {
  const bare = await securecart([], { cwd: at.folder })
  const asked = await securecart(['--help'], { cwd: at.folder })
  expect(bare).toEqual({ ...asked, code: 0 })
  expect(commands.length).toBeGreaterThan(10)
  for (const { name, summary } of commands) {
    expect(asked.stdout).toMatch(new RegExp(`^  ${name} +${summary.replaceAll('.', '\\.')}`, 'm'))
  }
})

describe('each command has a help text whose examples run', () => {
  test.each(commands.map((c) => c.name))('%s', async (name) => {
    const { code, stdout } = await securecart([name, '--help'], { cwd: at.folder })
    expect(code).toBe(0)
    expect(await securecart(['help', name], { cwd: at.folder })).toMatchObject({ stdout })
    const examples = stdout.split('\n').flatMap((l) => (l.startsWith('  $ ') ? [l.slice(4)] : []))
    expect(examples.length).toBeGreaterThan(0)
    for (const example of examples) {
      expect(example).toContain(`securecart ${name}`)
      const server = 'db.example.com'
      if (example.includes(server) && db === undefined) continue
      if (example.includes('kinesis://') && streams === undefined) continue
      const placed = example.replace(server, `127.0.0.1:${db?.mariadb.port}`)
      const script = `set -e; export SHOP_DB_PASSWORD=read-me PATH="$PWD/node_modules/.bin:$PATH"; ${placed}`
      const ended = await command('bash', ['-c', script], { cwd: at.folder })
      expect(`${example}: ${ended.code} ${ended.code === 0 ? '' : ended.stderr}`).toBe(`${example}: 0 `)
    }
  })
})
