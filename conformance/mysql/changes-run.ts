import path from 'node:path'
import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { openLake } from '../../packages/etl/src/lake/index.ts'
import { assertSound, compileProject } from '../../packages/etl/src/run/project.ts'
import { run } from '../../packages/etl/src/run/run.ts'
import { mysqlServer } from '../../packages/etl/src/connector/mysql.ts'
import { accountTables } from './account-tables.ts'

/** One run of the tables that follow `accounts`, as a process of its own that can be killed. */
const [folder = '', socketPath = ''] = process.argv.slice(2)
const server = mysqlServer({ socketPath, user: 'root', database: 'shop' })
await using lake = await openLake({ folder })
await using engine = openDuckdb({ threads: 1, memoryLimitBytes: 512 * 2 ** 20 })
const report = await run(assertSound(await compileProject(accountTables(server))), {
  lake,
  engine,
  projectFolder: folder,
  scratch: path.join(folder, '.scratch'),
})
console.log(JSON.stringify(report.tables.map((t) => [t.table, t.outcome, t.error?.message])))
process.exitCode = report.tables.some((t) => t.outcome === 'failed') ? 1 : 0
