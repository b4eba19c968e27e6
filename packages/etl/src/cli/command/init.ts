import { existsSync } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import type { Command } from 'commander'
import { EtlError } from '../../base/errors.ts'
import { printJson } from '../output.ts'

const files: Readonly<Record<string, string>> = {
  'securecart.config.ts': `import { defineConfig } from '@securecart/etl'
import * as sales from './pipelines/sales.ts'

export default defineConfig({ lake: './lake', pipelines: [sales] })
`,
  'pipelines/sales.ts': `import { csv, dedupe, int64, decimal, sql, table, text, timestamp } from '@securecart/etl'

/** Every order as it was delivered. */
export const rawOrders = table('raw.orders', {
  from: csv('data/orders/*.csv', {
    columns: {
      order_id: int64(),
      region: text(),
      amount: decimal(18, 2),
      updated_at: timestamp({ formats: ['yyyy-MM-dd HH:mm:ss'] }),
    },
  }),
})

/** The latest state of each order. */
export const orders = table('sales.orders', {
  from: rawOrders.pipe(dedupe({ by: ['order_id'], keep: 'last', order: ['updated_at'] })),
  key: ['order_id'],
  partition: ['region'],
})

export const revenue = table('mart.revenue_by_region', {
  query: sql\`select region, sum(amount) as revenue, count(*) as orders from \${orders} group by region\`,
})
`,
  'data/orders/2024-01.csv': `order_id,region,amount,updated_at
1,EU,10.50,2024-01-02 09:00:00
2,US,99.00,2024-01-02 10:30:00
2,US,89.00,2024-01-03 08:15:00
3,EU,not a number,2024-01-03 11:00:00
`,
  'package.json': `${JSON.stringify({ name: 'pipelines', private: true, type: 'module' }, null, 2)}\n`,
}

export function define(program: Command): void {
  program
    .command('init')
    .summary('Start a project in this folder.')
    .description(
      'Write a small working project: a configuration, three tables and a data file. Existing files are never touched.',
    )
    .argument('[dir]', 'folder of the project', '.')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText('after', '\nExamples:\n  $ securecart init my-shop\n')
    .action(async (dir: string, options: { json?: boolean }) => {
      const folder = path.resolve(dir)
      const config = path.join(folder, 'securecart.config.ts')
      if (existsSync(config))
        throw new EtlError('config.invalid', `${config} is there already`, { hint: 'Choose another folder.' })
      const written = []
      for (const [name, content] of Object.entries(files)) {
        const file = path.join(folder, name)
        if (existsSync(file)) continue
        await mkdir(path.dirname(file), { recursive: true })
        await writeFile(file, content)
        written.push(name)
      }
      if (options.json === true) return printJson({ folder, written })
      process.stderr.write(
        `${written.map((f) => `  ${f}`).join('\n')}\nNext: npm install @securecart/etl && npx securecart run\n`,
      )
    })
}
