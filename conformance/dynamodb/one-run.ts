import { openDuckdb } from '../../packages/etl/src/engine/duckdb/index.ts'
import { dynamodb, int64, table, text } from '../../packages/etl/src/index.ts'
import { openLake } from '../../packages/etl/src/lake/index.ts'
import { assertSound, compileProject } from '../../packages/etl/src/run/project.ts'
import { run } from '../../packages/etl/src/run/run.ts'
import { placeAt } from './local-tables.ts'

// node one-run.ts ENDPOINT TABLE FOLDER: brings the table of changes up to date, or is killed while it does.
const [endpoint = '', name = '', folder = ''] = process.argv.slice(2)
await using lake = await openLake({ folder })
await using engine = openDuckdb({ threads: 1, memoryLimitBytes: 256 * 2 ** 20 })
const raw = table(`raw.${name}`, {
  from: dynamodb(placeAt(endpoint), {
    table: name,
    columns: { id: text({ required: true }), n: int64() },
    changes: 'snapshot',
  }),
})
const tables = assertSound(await compileProject([raw]))
const report = await run(tables, { lake, engine, projectFolder: folder, scratch: `${folder}/.scratch` })
if (report.outcome === 'failed') throw report.tables[0]?.error ?? new Error('failed')
