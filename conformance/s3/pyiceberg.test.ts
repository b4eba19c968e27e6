import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { csv, dedupe, int64, table, text } from '../../packages/etl/src/index.ts'
import { missingCommands, runCommand } from '../../tools/peers/command.ts'
import { installPyIceberg } from '../../tools/peers/pyiceberg.ts'
import { openWorkshop } from '../run/workshop.ts'
import { putText } from './put-text.ts'
import { rootKey } from './server/index.ts'
import { lakeServer } from './temporary-lake.ts'

const missing = missingCommands('python3')

describe.skipIf(missing !== undefined)(
  `PyIceberg${missing === undefined ? '' : ` (not run: ${missing})`}`,
  () => {
    test('reads every state of tables in S3 by their metadata', async () => {
      process.env['TEST_LAKE'] = 's3'
      await using server = await lakeServer()
      server.makeBucket('shop')
      await using workshop = await openWorkshop('s3-pyiceberg-')
      const columns = { id: int64(), name: text() } as const
      const raw = table('raw.orders', { from: csv('s3://shop/in/*.csv', { columns }), partition: ['name'] })
      const last = table('sales.orders', {
        from: raw.pipe(dedupe({ by: ['id'], keep: 'last', order: ['name'] })),
      })
      const states = new Map<string, (readonly string[])[]>([
        ['raw.orders', []],
        ['sales.orders', []],
      ])
      for (const [n, lines] of [
        ['1,a', '2,b'],
        ['2,c', '3,d/ü x'],
      ].entries()) {
        putText(server, 'shop', `in/${n}.csv`, `${['id,name', ...lines].join('\n')}\n`)
        await workshop.run([raw, last])
        for (const [name, seen] of states) seen.push((await workshop.rows(name)).map(asPyIceberg).toSorted())
      }
      const tables = await Promise.all([...states.keys()].map((name) => workshop.load(name)))
      const script = fileURLToPath(new URL('read_pyiceberg.py', import.meta.url))
      const locations = tables.map((t) => t.metadataLocation)
      expect(locations.every((l) => l.startsWith('s3://'))).toBe(true)
      const arguments_ = [script, server.endpoint, rootKey.id, rootKey.secret, ...locations]
      const printed = await runCommand(await installPyIceberg(), arguments_)
      expect(JSON.parse(printed)).toEqual(
        [...states.values()].map((seen) => ({ states: seen, current: seen.at(-1) })),
      )
    })
  },
)

/** A row of ours as Python prints it: numbers bare, a space after each comma, what is not ASCII escaped. */
function asPyIceberg(row: string): string {
  const [id, name] = JSON.parse(row) as [string, string]
  const ascii = JSON.stringify(name).replaceAll(
    /[^\0-\x7f]/g,
    (c) => `\\u${c.codePointAt(0)?.toString(16).padStart(4, '0')}`,
  )
  return `[${id}, ${ascii}]`
}
