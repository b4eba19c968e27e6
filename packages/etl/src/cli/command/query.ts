import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import type { Query } from '../../engine/contract.ts'
import type { Lake } from '../../lake/contract.ts'
import { asObjects, collect, printJson, printTable } from '../output.ts'
import { lakeOptions, openEngine, openLakeOf, type ProjectOptions } from '../project.ts'
import { parseAsOf } from '../table-of.ts'

interface QueryOptions extends ProjectOptions {
  readonly limit: string
  readonly asOf?: string
  readonly file?: string
}

export function define(program: Command): void {
  const command = program
    .command('query')
    .summary('Run read-only SQL over the lake.')
    .description('Run one SELECT over the tables of the lake. The session reads the lake and nothing else.')
    .argument('[sql]', 'a SELECT; tables under their names, e.g. sales.orders')
    .option('-f, --file <path>', 'read the SQL from a file')
    .option('--limit <n>', 'rows to print; --json prints all unless given', '')
    .option('--as-of <state>', 'read all tables as of a snapshot id, a time, a branch or a tag')
  lakeOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ securecart query "select region, sum(revenue) from mart.category_revenue group by all"\n  $ securecart query "from sales.orders" --limit 5 --json\n  $ securecart query "select * from \\"sales\\".\\"orders$rejected\\""\n',
    )
    .action(queryCommand)
}

/** Tables that a text may mention; files of the others are not listed, so a large lake stays quick. */
export async function queryTables(lake: Lake, sql: string, asOf?: string): Promise<Query['tables']> {
  const tables = []
  const lower = sql.toLowerCase()
  for (const name of await lake.tables()) {
    if (!lower.includes(name.split('.').at(-1)?.toLowerCase() ?? name)) continue
    const table = await lake.load(name)
    if (table === undefined) continue
    const state = asOf === undefined ? undefined : parseAsOf(asOf)
    const files = await table.files(state === undefined ? {} : { asOf: state })
    tables.push({ name, files, schema: state === undefined ? table.schema : table.schemaAt(state) })
  }
  return tables
}

async function queryCommand(text: string | undefined, options: QueryOptions): Promise<void> {
  const sql = text ?? (await readFile(options.file ?? '/dev/stdin', 'utf8'))
  await using lake = await openLakeOf(options)
  await using engine = openEngine(options)
  await using result = await engine.query({ sql, tables: await queryTables(lake, sql, options.asOf) })
  const names = result.schema.map((f) => f.name)
  const limit = options.limit === '' ? (options.json === true ? Infinity : 100) : Number(options.limit)
  const { rows, more } = await collect(result, limit)
  if (options.json === true) return printJson(asObjects(names, rows))
  const numeric = result.schema.flatMap((f, i) => (/^(u?int|decimal|float)/.test(f.type.kind) ? [i] : []))
  printTable(names, rows, numeric)
  process.stderr.write(more ? `first ${rows.length} rows; --limit shows more\n` : `${rows.length} rows\n`)
}
