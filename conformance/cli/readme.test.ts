import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { expect, test } from 'vitest'
import { command, openProject, securecart } from './securecart.ts'

const root = path.resolve(import.meta.dirname, '../..')
const tsc = path.join(root, 'node_modules', '.bin', 'tsc')

test.each(['README.md', 'packages/etl/README.md'])(
  'the pipeline of %s type-checks and runs',
  async (page) => {
    const code = /```ts\n([\s\S]*?)```/.exec(await readFile(path.join(root, page), 'utf8'))?.[1] ?? ''
    expect(code).toContain("table('mart.revenue_by_region'")
    await using at = await openProject()
    await writeFile(path.join(at.folder, 'pipelines', 'sales.ts'), code)
    const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024']
    const lib = ['--lib', 'es2024,esnext.disposable,esnext.iterator,dom']
    expect((await command(tsc, [...options, ...lib, 'pipelines/sales.ts'], { cwd: at.folder })).stdout).toBe(
      '',
    )
    expect((await securecart(['run'], { cwd: at.folder })).code).toBe(0)
    const query = ['query', 'from mart.revenue_by_region order by region', '--json']
    expect(JSON.parse((await securecart(query, { cwd: at.folder })).stdout)).toEqual([
      { region: 'EU', revenue: '10.50' },
      { region: 'US', revenue: '89.00' },
    ])
  },
)

test('the commands of the README are the commands there are', async () => {
  const { commands } = await import('../../packages/etl/src/cli/commands.ts')
  const text = await readFile(path.join(root, 'README.md'), 'utf8')
  const table = /\| command \| does \|\n([\s\S]*?)\n\n/.exec(text)?.[1] ?? ''
  const named = [...table.matchAll(/^\| (.*?) \|/gm)].flatMap((row) => [
    ...(row[1] ?? '').matchAll(/`(\w+)`/g),
  ])
  expect(named.map((m) => m[1]).toSorted()).toEqual(commands.map((c) => c.name).toSorted())
})
