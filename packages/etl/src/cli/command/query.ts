import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Command } from 'commander'
import { EtlError } from '../../base/errors.ts'
import type { QueryResult } from '../../engine/contract.ts'
import { holding } from '../../run/holding.ts'
import { asEtlError, exitCodeOf, printError } from '../failure.ts'
import { wholeNumber } from '../option.ts'
import { collect, counted, numericColumns } from '../output.ts'
import { printTable } from '../print-table.ts'
import { openEngine } from '../open-engine.ts'
import { lakeOptions, openLakeOf, type ProjectOptions } from '../project.ts'
import { queryTables } from '../query-tables.ts'
import { openJsonStream } from '../stream-json.ts'
import { asSqlMistake } from '../wrong-sql.ts'

interface QueryOptions extends ProjectOptions {
  readonly limit?: string
  readonly asOf?: string
  readonly file?: string
}

export function define(program: Command): void {
  const command = program
    .command('query')
    .summary('Run read-only SQL over the lake.')
    .description(
      'Run one SELECT over the tables of the lake. The session reads the lake and nothing else. With --json the rows are written as they come; a document without its closing bracket is not whole, and the exit code says so.',
    )
    .argument('[sql]', 'a SELECT; tables under their names, e.g. sales.orders (default: standard input)')
    .option('-f, --file <path>', 'read the SQL from a file')
    .option('--limit <n>', 'rows to print (default: 100; with --json all)')
    .option('--as-of <state>', 'read all tables as of a snapshot id, a time, a branch or a tag')
  lakeOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ securecart query "select region, sum(revenue) as revenue from mart.revenue_by_region group by all"\n  $ securecart query "from sales.orders" --limit 5 --json\n  $ securecart query "from sales.orders" --as-of main\n  $ securecart query \'select * from raw."orders$rejected"\'\n',
    )
    .action(queryCommand)
}

async function textOf(sql: string | undefined, file: string | undefined): Promise<string> {
  if (sql !== undefined && file !== undefined) {
    throw new EtlError('cli.usage', 'give the SQL as an argument or with --file, not both')
  }
  if (sql !== undefined) return sql
  if (file === undefined) {
    if (process.stdin.isTTY) throw new EtlError('cli.usage', 'give the SQL as an argument or with --file')
    return text(process.stdin)
  }
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw new EtlError('cli.usage', `cannot read ${file}`, { cause })
  }
}

/** Runs SQL that a user typed and hands its result on. Fails with `sql.invalid` when the SQL is wrong. */
async function answer<T>(
  sql: string,
  options: QueryOptions,
  use: (result: QueryResult) => Promise<T>,
): Promise<T> {
  await using lake = await openLakeOf(options)
  await using engine = openEngine(options)
  const tables = await queryTables(lake, sql, options.asOf)
  try {
    await using result = await holding(engine, lake).query({ sql, tables })
    return await use(result)
  } catch (error) {
    throw asSqlMistake(error, sql, await lake.tables())
  }
}

/** Prints all rows as JSON. Once rows are out, a failure cannot be a document any more and is told on stderr alone. */
async function printAnswer(sql: string, limit: number, options: QueryOptions): Promise<void> {
  const document = openJsonStream(process.stdout)
  try {
    await answer(sql, options, (result) => document.write(result, limit))
  } catch (thrown) {
    if (!document.begun) throw thrown
    const error = asEtlError(thrown)
    printError(error, false)
    process.exitCode = exitCodeOf(error)
  }
}

async function queryCommand(given: string | undefined, options: QueryOptions): Promise<void> {
  const sql = await textOf(given, options.file)
  const standard = options.json === true ? Infinity : 100
  const limit = options.limit === undefined ? standard : wholeNumber('--limit', options.limit, 0)
  if (options.json === true) return printAnswer(sql, limit, options)
  const { schema, rows, more } = await answer(sql, options, async (result) => ({
    schema: result.schema,
    ...(await collect(result, limit)),
  }))
  printTable(
    schema.map((f) => f.name),
    rows,
    numericColumns(schema),
  )
  const shown = counted(rows.length, 'row')
  process.stderr.write(more ? `first ${shown}; --limit shows more\n` : `${shown}\n`)
}
