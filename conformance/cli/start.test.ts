import path from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { command, type Ended, openWorkplace, type Workplace } from './securecart.ts'

const root = path.resolve(import.meta.dirname, '../..')
let at: Workplace

const start = (...args: string[]): Promise<Ended> => {
  const folders = ['--data', path.join(at.folder, 'data'), '--lake', path.join(at.folder, 'lake')]
  return command(process.execPath, ['tools/shop.ts', ...folders, ...args], { cwd: root })
}

beforeAll(async () => {
  at = await openWorkplace()
})

afterAll(() => at[Symbol.asyncDispose]())

test('npm start shows the shop, the commands it names work, and again there is nothing to do', async () => {
  const first = await start('--orders', '600', '--seed', '3')
  expect(`${first.code} ${first.code === 0 ? '' : first.stderr}`).toBe('0 ')
  expect(first.stdout).toContain('9 of 9 tables equal the expected answers row for row')
  for (const part of [
    'How long each table took',
    'Revenue by category',
    'Order history',
    'Web sessions',
    'Top pages',
  ]) {
    expect(first.stdout).toContain(part)
  }
  expect(first.stdout).toMatch(
    /^raw\.orders +\d+ +the record has \d+ fields, expected 11 +orders-\d+\.csv\S*:\d+ /m,
  )

  const commands = [...first.stdout.matchAll(/^ {2}npx (securecart .*)$/gm)].map((m) => m[1] ?? '')
  expect(commands.length).toBeGreaterThan(4)
  for (const line of commands) {
    const script = `PATH="${path.join(at.folder, 'node_modules/.bin')}:${path.dirname(process.execPath)}:$PATH"; ${line}`
    const ended = await command('bash', ['-c', script], { cwd: root })
    expect(`${line}: ${ended.code} ${ended.code === 0 ? '' : ended.stderr}`).toBe(`${line}: 0 `)
  }

  // The last of the commands has built some tables anew, so what stands on them is brought up to date.
  expect((await start('--orders', '600', '--seed', '3')).code).toBe(0)
  const again = await start('--orders', '600', '--seed', '3')
  expect(again.stdout).toContain('nothing new: 22 tables unchanged')
  expect(again.stdout).toContain('9 of 9 tables equal')
})

test('another scale builds everything anew', async () => {
  const other = await start('--orders', '300', '--seed', '4')
  expect(other.stdout).toContain('22 of 22 tables built')
  expect(other.stdout).toContain('9 of 9 tables equal')
})

test('a wrong option is told', async () => {
  expect(await start('--orders', 'x')).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('--orders') as string,
  })
})
