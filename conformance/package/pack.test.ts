import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'

const run = promisify(execFile)
const root = path.resolve(import.meta.dirname, '../..')
const source = path.join(root, 'packages', 'etl')
const tsc = path.join(root, 'node_modules', '.bin', 'tsc')
// The programs of the installed package find Node by the path; theirs is the one that runs this test.
const env = {
  ...process.env,
  PATH: `${path.dirname(process.execPath)}:${process.env['PATH'] ?? ''}`,
  NO_COLOR: '1',
}

interface Packed {
  readonly filename: string
  readonly files: readonly { readonly path: string }[]
}

let folder = ''
let project = ''
let packed: Packed

const inProject = (command: string, ...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  run(command, args, { cwd: project, env, maxBuffer: 1 << 26 })

const securecart = (...args: string[]): Promise<{ stdout: string; stderr: string }> =>
  inProject(path.join(project, 'node_modules', '.bin', 'securecart'), ...args)

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'securecart-pack-'))
  project = path.join(folder, 'project')
  await mkdir(project)
  const { stdout } = await run('npm', ['pack', '--json', '--pack-destination', folder], { cwd: source, env })
  const answer = JSON.parse(stdout.slice(stdout.search(/^[[{]/m))) as Packed[] | Record<string, Packed>
  packed = Object.values(answer)[0] as Packed
  await writeFile(
    path.join(project, 'package.json'),
    '{ "name": "empty", "private": true, "type": "module" }\n',
  )
  await inProject('npm', 'install', '--no-audit', '--no-fund', path.join(folder, packed.filename))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

test('the package holds the built files, two others that run, the licence and the readme, and nothing else', async () => {
  const files = packed.files.map((f) => f.path)
  expect(files).toEqual(expect.arrayContaining(['LICENSE', 'README.md', 'package.json', 'bin/securecart.js']))
  expect(files).toEqual(expect.arrayContaining(['dist/index.js', 'dist/index.d.ts', 'dist/cli/main.js']))
  const others = files.filter(
    (f) => !/^(LICENSE|README\.md|package\.json|bin\/securecart\.js|dist\/.*\.(js|d\.ts))$/.test(f),
  )
  expect(others).toEqual(['src/engine/duckdb/no-rows.parquet', 'src/engine/spark/job/runner.py'])
  expect(files.filter((f) => /\.test|fixture|tsbuildinfo/.test(f))).toEqual([])
  expect(await readFile(path.join(source, 'LICENSE'), 'utf8')).toBe(
    await readFile(path.join(root, 'LICENSE'), 'utf8'),
  )
})

test('every entry of exports can be imported and has types', async () => {
  const manifest = JSON.parse(await readFile(path.join(source, 'package.json'), 'utf8')) as {
    exports: Record<string, string | { types: string; default: string }>
  }
  const files = packed.files.map((f) => `./${f.path}`)
  for (const [name, target] of Object.entries(manifest.exports)) {
    for (const file of typeof target === 'string' ? [target] : Object.values(target)) {
      expect(files).toContain(file)
    }
    if (typeof target === 'string') continue
    const specifier = `@securecart/etl${name.slice(1)}`
    const script = `console.log(Object.keys(await import('${specifier}')).length)`
    const { stdout } = await inProject(process.execPath, '--input-type=module', '-e', script)
    expect(Number(stdout)).toBeGreaterThan(3)
  }
})

test('init, check, run and query work', async () => {
  await securecart('init', '.')
  await securecart('check')
  const report = JSON.parse((await securecart('run', '--json')).stdout) as {
    outcome: string
    tables: { table: string; outcome: string; counts: { read: number; rejected: number } }[]
  }
  expect(report.outcome).toBe('done')
  expect(report.tables.map((t) => t.table)).toEqual(['raw.orders', 'sales.orders', 'mart.revenue_by_region'])
  expect(report.tables[0]?.counts).toMatchObject({ read: 4, rejected: 1 })
  const { stdout } = await securecart('query', 'from mart.revenue_by_region order by region', '--json')
  expect(JSON.parse(stdout)).toEqual([
    { region: 'EU', revenue: '10.50', orders: '1' },
    { region: 'US', revenue: '89.00', orders: '1' },
  ])
  const again = JSON.parse((await securecart('run', '--json')).stdout) as typeof report
  expect(again.tables.map((t) => t.outcome)).toEqual(['unchanged', 'unchanged', 'unchanged'])
})

const program = (column: string): string => `
import { csv, dedupe, decimal, filter, fn, int64, sql, table, text } from '@securecart/etl'

const orders = table('raw.orders', {
  from: csv('data/*.csv', { columns: { order_id: int64(), region: text(), amount: decimal(18, 2) } }),
})
export const large = table('sales.large', {
  from: orders.pipe(
    dedupe({ by: ['order_id'], keep: 'first', order: ['amount'] }),
    filter((c) => fn.gt(c.${column}, 100)),
  ),
})
export const totals = table('mart.totals', {
  query: sql\`select region, sum(amount) as amount from \${large} group by region\`,
})
`

async function typeErrors(file: string): Promise<string> {
  const options = ['--noEmit', '--strict', '--skipLibCheck', 'false', '--module', 'nodenext']
  const targets = ['--target', 'es2024', '--lib', 'es2024,esnext.disposable,esnext.iterator,dom']
  try {
    await inProject(tsc, ...options, ...targets, file)
    return ''
  } catch (error) {
    return (error as { stdout?: string }).stdout ?? String(error)
  }
}

test('its declarations type a program, and a wrong column is an error', async () => {
  await writeFile(path.join(project, 'right.ts'), program('amount'))
  await writeFile(path.join(project, 'wrong.ts'), program('amonut'))
  expect(await typeErrors('right.ts')).toBe('')
  const errors = await typeErrors('wrong.ts')
  expect(errors).toContain('wrong.ts(10')
  expect(errors).toContain('amonut')
})
