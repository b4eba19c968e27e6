import { mkdir, rm, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Ended, openProject, openWorkplace, securecart, type Workplace } from './securecart.ts'

let project: Workplace
let empty: Workplace

beforeAll(async () => {
  project = await openProject()
  empty = await openWorkplace()
  expect((await securecart(['run'], { cwd: project.folder })).code).toBe(0)
})

afterAll(async () => {
  await project[Symbol.asyncDispose]()
  await empty[Symbol.asyncDispose]()
})

interface Mistake {
  readonly args: readonly string[]
  readonly says: string
  readonly inEmptyFolder?: true
}

const mistakes: readonly Mistake[] = [
  { args: ['nope'], says: "unknown command 'nope'" },
  { args: ['runn'], says: 'Did you mean run?' },
  { args: ['run', '--nope'], says: "unknown option '--nope'" },
  { args: ['show'], says: 'missing required argument' },
  { args: ['run', 'sales.nope'], says: 'Tables: raw.orders, sales.orders, mart.revenue_by_region' },
  { args: ['plan', 'nope'], says: 'there is no table "nope"' },
  { args: ['show', 'sales.nope'], says: 'Tables: mart.revenue_by_region' },
  { args: ['history', 'sales.nope'], says: 'there is no table "sales.nope"' },
  { args: ['maintain', 'sales.nope'], says: 'there is no table "sales.nope"' },
  { args: ['run', '--var', 'x'], says: '--var takes name=value' },
  { args: ['run', '--var', 'x=1'], says: 'the project has no variable "x"' },
  { args: ['run', '--profile', 'x'], says: 'there is no profile "x"' },
  { args: ['run', '--memory', 'much'], says: '"much" is no size' },
  { args: ['run', '--threads', '0'], says: '--threads takes a whole number of at least 1' },
  { args: ['run', '--concurrency', 'x'], says: '--concurrency takes a whole number' },
  { args: ['query', 'from sales.orders', '--limit', 'x'], says: '--limit takes a whole number' },
  { args: ['query', 'selec 1'], says: 'syntax error' },
  { args: ['query', 'select 1 from'], says: 'at the end of the query' },
  { args: ['query', 'select nope from sales.orders'], says: '"nope" not found' },
  { args: ['query', 'from sales.nope'], says: 'Tables: mart.revenue_by_region, raw.orders, sales.orders' },
  { args: ['query', "select cast('x' as int)"], says: "Could not convert string 'x'" },
  { args: ['query', "from read_csv('/etc/hostname')"], says: '/etc/hostname' },
  { args: ['query', 'drop table sales.orders'], says: 'syntax error' },
  { args: ['query', 'from sales.orders', '--as-of', 'nope'], says: 'nope' },
  { args: ['query', '--file', 'nope.sql'], says: 'cannot read nope.sql' },
  { args: ['generate', 'nope'], says: 'there is nothing called "nope"' },
  { args: ['generate', '--orders', '0'], says: '--orders takes a whole number of at least 1' },
  { args: ['generate', '--part', '5/4', '--out', 'g'], says: 'cannot generate part 5 of 4' },
  { args: ['generate', '--part', 'x', '--out', 'g'], says: '--part takes k/n' },
  { args: ['convert', 'nope.csv', 'out.parquet'], says: 'there is no file nope.csv' },
  { args: ['convert', 'data/orders/2024-01.csv', 'out.what'], says: 'does not tell the format' },
  { args: ['convert', 'data/orders/2024-01.csv', 'o.csv', '--format', 'x'], says: '--format is parquet' },
  { args: ['infer', 'nope.csv'], says: 'nope.csv' },
  { args: ['init', '.'], says: 'is there already' },
  { args: ['maintain', '--older-than', 'x'], says: '--older-than takes a duration' },
  { args: ['maintain', '--keep', '0'], says: '--keep takes a whole number of at least 1' },
  { args: ['run'], says: 'there is no securecart.config.ts', inEmptyFolder: true },
  { args: ['tables', '--lake', 'nope'], says: 'there is no lake', inEmptyFolder: true },
]

describe("the user's mistakes end with 2 and say what is wrong", () => {
  test.each(mistakes.map((m) => [m.args.join(' '), m] as const))('securecart %s', async (_title, m) => {
    const cwd = m.inEmptyFolder === true ? empty.folder : project.folder
    const { code, stdout, stderr } = await securecart(m.args, { cwd })
    expect(`${code} ${stderr}`).toContain(m.says)
    expect({ code, stdout }).toEqual({ code: 2, stdout: '' })
    expect(stderr).not.toContain('This is our bug')
  })

  test.each(mistakes.map((m) => [m.args.join(' '), m] as const))(
    'securecart %s --json',
    async (_title, m) => {
      const cwd = m.inEmptyFolder === true ? empty.folder : project.folder
      const { code, stdout } = await securecart([...m.args, '--json'], { cwd })
      expect(code).toBe(2)
      const { error } = JSON.parse(stdout) as { error: { code: string; message: string } }
      expect(error.message.length).toBeGreaterThan(5)
      expect(error.code).toMatch(/^[a-z]+\.[a-z-]+$/)
    },
  )
})

const failed = async (cwd: string, ...args: string[]): Promise<Ended> => {
  const ended = await securecart(args, { cwd })
  expect(ended.code).toBe(1)
  return ended
}

describe('what fails while it runs ends with 1', () => {
  test('a damaged source, and the tables below it are skipped', async () => {
    await using at = await openProject()
    await rm(path.join(at.folder, 'data', 'orders', '2024-01.csv'))
    await writeFile(path.join(at.folder, 'data', 'orders', 'x.csv'), 'another,header\n1,2\n')
    const { stdout, stderr } = await failed(at.folder, 'run', '--json')
    const report = JSON.parse(stdout) as {
      outcome: string
      tables: { outcome: string; error?: { code: string } }[]
    }
    expect(report.outcome).toBe('failed')
    expect(report.tables.map((t) => t.outcome)).toEqual(['failed', 'skipped', 'skipped'])
    expect(report.tables[0]?.error?.code).toMatch(/^source\./)
    expect(stderr).toContain('x.csv')
  })

  test('a lake that cannot be written', async () => {
    await using at = await openProject()
    await writeFile(path.join(at.folder, 'lake'), 'a file is in the way')
    const { stderr } = await failed(at.folder, 'run')
    expect(stderr).not.toContain('This is our bug')
  })
})

test('a project that does not load is a mistake with its file', async () => {
  await using at = await openProject()
  await writeFile(
    path.join(at.folder, 'pipelines', 'sales.ts'),
    "import x from './nowhere.ts'\nexport { x }\n",
  )
  const missing = await securecart(['plan'], { cwd: at.folder })
  expect(missing).toMatchObject({ code: 2, stderr: expect.stringContaining('nowhere.ts') as string })
  await writeFile(path.join(at.folder, 'pipelines', 'sales.ts'), 'export const = 1\n')
  const syntax = await securecart(['plan'], { cwd: at.folder })
  expect(syntax).toMatchObject({ code: 2, stderr: expect.stringContaining('sales.ts') as string })
})

test('all mistakes of a project are told together, each with file and line', async () => {
  await using at = await openProject()
  await mkdir(path.join(at.folder, 'pipelines'), { recursive: true })
  await writeFile(
    path.join(at.folder, 'pipelines', 'sales.ts'),
    `import { csv, filter, fn, int64, sql, table, text } from '@securecart/etl'
const raw = table('raw.a', { from: csv('data/*.csv', { columns: { id: int64(), name: text() } }) })
export const one = table('sales.one', { from: raw.pipe(filter((c: any) => fn.gt(c.nope, 1))) })
export const two = table('sales.two', {
  query: sql\`select missing from \${raw}\`,
})
export const three = table('sales.three', { query: sql\`selec 1\` })
`,
  )
  for (const command of ['check', 'plan', 'run']) {
    const { code, stderr } = await securecart([command], { cwd: at.folder })
    expect(code).toBe(2)
    for (const place of ['sales.ts:3', 'sales.ts:5', 'sales.ts:7'])
      expect(stderr).toContain(`pipelines/${place}`)
    expect(stderr).toContain('nope')
    expect(stderr).toContain('missing')
  }
})
