import { spawn } from 'node:child_process'
import { once } from 'node:events'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openProject, type Workplace } from './securecart.ts'

const program = path.resolve(import.meta.dirname, '../../packages/etl/bin/securecart.js')
let at: Workplace

beforeAll(async () => {
  at = await openProject()
  const run = spawn(process.execPath, [program, 'run'], { cwd: at.folder, stdio: 'ignore' })
  await once(run, 'close')
})
afterAll(() => at[Symbol.asyncDispose]())

/** Rows of more than the heap that the query is given. */
const rows = 150_000
const wide = `select range as n, repeat('x', 200) || range as a, repeat('y', 200) || range as b from range(${rows})`
const heapMb = 64

function query(sql: string, ...args: string[]) {
  const child = spawn(
    process.execPath,
    [`--max-old-space-size=${heapMb}`, program, 'query', sql, '--json', ...args],
    {
      cwd: at.folder,
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let stderr = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const ended = once(child, 'close').then(([code]) => ({ code: code as number | null, stderr }))
  return { child, ended }
}

async function readAll(of: ReturnType<typeof query>): Promise<string> {
  const pieces: Buffer[] = []
  for await (const piece of of.child.stdout) pieces.push(piece as Buffer)
  return Buffer.concat(pieces).toString('utf8')
}

test('a result larger than memory is one whole document, however slowly it is taken', async () => {
  const running = query(wide)
  running.child.stdout.pause()
  await sleep(1500)
  running.child.stdout.resume()
  const text = await readAll(running)
  expect(await running.ended).toEqual({ code: 0, stderr: '' })
  const parsed = JSON.parse(text) as { n: string; a: string }[]
  expect(parsed).toHaveLength(rows)
  expect(new Set(parsed.map((r) => r.n)).size).toBe(rows)
})

test('a reader that has seen enough ends the query quietly', async () => {
  const running = query(wide)
  await once(running.child.stdout, 'data')
  running.child.stdout.destroy()
  expect(await running.ended).toEqual({ code: 0, stderr: '' })
})

test('a query that fails half-way leaves a document without an end, and fails', async () => {
  const last = rows - 1
  const sql = `select case when n = '${last}' then error('too late') else a end as a from (${wide.replace('range as n', 'range::varchar as n')})`
  const running = query(sql, '--threads', '1')
  const text = await readAll(running)
  const { code, stderr } = await running.ended
  expect(code).toBeGreaterThan(0)
  expect(stderr).toContain('too late')
  expect(text.startsWith('[\n{"a":')).toBe(true)
  expect(() => JSON.parse(text) as unknown).toThrow()
  expect(text).not.toContain('"error"')
})

test('a query that fails before its first row is one document that says so', async () => {
  const running = query(`select error('at once') as a`)
  const text = await readAll(running)
  const { code } = await running.ended
  expect(code).toBeGreaterThan(0)
  expect(JSON.parse(text)).toMatchObject({ error: { message: expect.stringContaining('at once') as string } })
})

test.each([
  ['select 1 as a where false', '2', []],
  ['select range::int as a from range(5)', '2', [{ a: 0 }, { a: 1 }]],
  ['select 1 as a', '0', []],
])('rows are cut at a limit: %s --limit %s', async (sql, limit, expected) => {
  const running = query(sql, '--limit', limit)
  const text = await readAll(running)
  expect(await running.ended).toEqual({ code: 0, stderr: '' })
  expect(JSON.parse(text)).toEqual(expected)
})
