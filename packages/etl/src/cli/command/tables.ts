import type { Command } from 'commander'
import { bytes, number, printJson } from '../output.ts'
import { printTable } from '../print-table.ts'
import { lakeOptions, openLakeOf, type ProjectOptions } from '../project.ts'

export function define(program: Command): void {
  const command = program
    .command('tables')
    .summary('List the tables of the lake.')
    .description('List the tables of the lake with rows, files, size and when they were last written.')
    .option('--all', 'also the tables of rejected records')
  lakeOptions(command)
    .addHelpText('after', '\nExamples:\n  $ securecart tables\n  $ securecart tables --lake ./lake --json\n')
    .action(async (options: ProjectOptions & { all?: boolean }) => {
      await using lake = await openLakeOf(options)
      const rows = []
      for (const name of await lake.tables()) {
        if (name.endsWith('$rejected') && options.all !== true) continue
        const table = await lake.load(name)
        if (table === undefined) continue
        const summary = table.current?.summary ?? {}
        rows.push({
          table: name,
          rows: Number(summary['total-records'] ?? 0),
          files: Number(summary['total-data-files'] ?? 0),
          bytes: Number(summary['total-files-size'] ?? 0),
          partition: table.partition.map((p) => p.name),
          updatedAt: table.current === undefined ? null : new Date(table.current.timestampMs).toISOString(),
        })
      }
      if (options.json === true) return printJson({ tables: rows })
      printTable(
        ['table', 'rows', 'files', 'size', 'partitioned by', 'updated'],
        rows.map((r) => [
          r.table,
          number(r.rows),
          number(r.files),
          bytes(r.bytes),
          r.partition.join(', '),
          r.updatedAt,
        ]),
        [1, 2, 3],
      )
    })
}
