import path from 'node:path'
import { mysqlServer } from '../../packages/etl/src/connector/mysql.ts'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { openLake } from '../../packages/etl/src/lake/index.ts'
import { assertSound, compileProject } from '../../packages/etl/src/run/project.ts'
import { run } from '../../packages/etl/src/run/run.ts'
import { killedTable } from './killed-table.ts'

// Runs one table over and over until it is killed; says when the first run begins.
const [folder = '', socketPath = ''] = process.argv.slice(2)
const lake = await openLake({ folder })
await using engine = openDuckdb({ threads: 1, memoryLimitBytes: 256 * 2 ** 20 })
const server = mysqlServer({ socketPath, user: 'root', database: 'shop' })
const tables = assertSound(await compileProject([killedTable(server)]))
process.stdout.write('begin\n')
for (;;) {
  const { tables: reports } = await run(tables, {
    lake,
    engine,
    projectFolder: folder,
    scratch: path.join(folder, 'scratch'),
  })
  const failed = reports.find((r) => r.error !== undefined)
  if (failed !== undefined) process.stdout.write(`failed ${failed.error?.code} ${failed.error?.message}\n`)
}
