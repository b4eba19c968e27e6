import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import {
  csv,
  fn,
  filter,
  int64,
  sql,
  table,
  type TableDeclaration,
  text,
} from '../packages/etl/dist/index.js'
import { openLake } from '../packages/etl/dist/lake/index.js'
import { assertSound, compileProject } from '../packages/etl/dist/run/project.js'
import { forecast } from '../packages/etl/dist/run/forecast.js'

// Prints the milliseconds it takes to declare, type, check and plan 500 tables, half of them SQL.
const folder = await mkdtemp(path.join(os.tmpdir(), 'plan-500-'))
await using lake = await openLake({ folder })
const started = performance.now()
const raw = table('raw.events', {
  from: csv(path.join(folder, '*.csv'), {
    columns: { id: int64({ required: true }), kind: text(), amount: int64() },
  }),
})
const tables: TableDeclaration[] = [raw]
for (let i = 1; i < 500; i += 2) {
  const cleaned = table(`sales.clean_${i}`, { from: raw.pipe(filter((c) => fn.gt(c.amount, i))) })
  tables.push(
    cleaned,
    table(`mart.sum_${i}`, {
      query: sql`select kind, sum(amount) as total, count(*) as n from ${cleaned} group by kind`,
    }),
  )
}
const project = assertSound(await compileProject(tables))
await forecast(project, { lake, projectFolder: folder, full: false })
console.log(Math.round(performance.now() - started))
await rm(folder, { recursive: true })
