import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { codes } from '../packages/etl/src/base/codes.ts'
import { commands } from '../packages/etl/src/cli/commands.ts'
import { connectors } from '../packages/etl/src/connector/index.ts'
import { referencePages } from './reference.ts'

test.each(referencePages.map((p) => [p.path, p] as const))(
  '%s is the one that the declarations give',
  async (path, page) => {
    const checkedIn = await readFile(new URL(`../${path}`, import.meta.url), 'utf8')
    expect(checkedIn, 'run `npm run docs`').toBe(await page.text())
  },
)

test('every code, connector and command is on its page', async () => {
  const page = async (name: string): Promise<string> =>
    (await referencePages.find((p) => p.path.endsWith(`/${name}.md`))?.text()) ?? ''
  const [errors, sources, cli] = [await page('errors'), await page('connectors'), await page('cli')]
  for (const code of Object.keys(codes)) expect(errors).toContain(`| \`${code}\` |`)
  for (const { name } of connectors) expect(sources).toContain(`\n## ${name}\n`)
  for (const { name } of commands) expect(cli).toContain(`\n## ${name}\n`)
})
