import type { Command } from 'commander'
import { quoteName } from '../../function/dialect.ts'
import { typeName } from '../../plan/type.ts'
import { holding } from '../../run/holding.ts'
import { jsonRow } from '../json-rows.ts'
import { wholeNumber } from '../option.ts'
import { collect, number, numericColumns, printJson } from '../output.ts'
import { printTable } from '../print-table.ts'
import { openEngine } from '../open-engine.ts'
import { lakeOptions, openLakeOf, type ProjectOptions } from '../project.ts'
import { needTable } from '../table-of.ts'
import { queryTables } from '../query-tables.ts'

export function define(program: Command): void {
  const command = program
    .command('show')
    .summary('Show columns and first rows of a table.')
    .description('Show the columns, partitioning and first rows of a table.')
    .argument('<table>', 'name of the table; its rejects are in <table>$rejected')
    .option('--rows <n>', 'rows to show', '10')
  lakeOptions(command)
    .addHelpText(
      'after',
      "\nExamples:\n  $ securecart show sales.orders\n  $ securecart show 'raw.orders$rejected' --rows 3\n",
    )
    .action(async (name: string, options: ProjectOptions & { rows: string }) => {
      const limit = wholeNumber('--rows', options.rows, 0)
      await using lake = await openLakeOf(options)
      const table = await needTable(lake, name)
      await using engine = openEngine(options)
      const sql = `SELECT * FROM ${name.split('.').map(quoteName).join('.')} LIMIT ${limit}`
      await using result = await holding(engine, lake).query({ sql, tables: await queryTables(lake, name) })
      const { rows } = await collect(result)
      const columns = table.schema.map((f) => ({
        name: f.name,
        type: typeName(f.type),
        nullable: f.nullable,
      }))
      if (options.json === true) {
        return printJson({
          table: name,
          columns,
          partition: table.partition,
          rows: rows.map((row) => jsonRow(result.schema, row)),
        })
      }
      printTable(
        ['column', 'type', ''],
        columns.map((c) => [c.name, c.type, c.nullable ? '' : 'not null']),
      )
      process.stdout.write(`\n${number(Number(table.current?.summary['total-records'] ?? 0))} rows`)
      process.stdout.write(
        table.partition.length === 0
          ? '\n\n'
          : `, partitioned by ${table.partition.map((p) => p.name).join(', ')}\n\n`,
      )
      printTable(
        result.schema.map((f) => f.name),
        rows,
        numericColumns(result.schema),
      )
    })
}
