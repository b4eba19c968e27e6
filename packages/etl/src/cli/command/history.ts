import type { Command } from 'commander'
import { decodeLedger } from '../../run/ledger.ts'
import { number, printJson, seconds } from '../output.ts'
import { printTable } from '../print-table.ts'
import { lakeOptions, openLakeOf, type ProjectOptions } from '../project.ts'
import { needTable } from '../table-of.ts'

export function define(program: Command): void {
  const command = program
    .command('history')
    .summary('Show the snapshots of a table and what made them.')
    .description(
      'Show the snapshots of a table, newest first: when, what kind of run, rows read, written and gone.',
    )
    .argument('<table>', 'name of the table')
  lakeOptions(command)
    .addHelpText(
      'after',
      "\nExamples:\n  $ securecart history sales.orders\n  $ securecart history 'raw.orders$rejected' --json\n",
    )
    .action(async (name: string, options: ProjectOptions) => {
      await using lake = await openLakeOf(options)
      const table = await needTable(lake, name)
      const snapshots = table.snapshots.toReversed().map((s) => {
        const ledger = decodeLedger(s.summary)
        return {
          snapshot: String(s.id),
          at: new Date(s.timestampMs).toISOString(),
          operation: s.operation,
          action: ledger?.action ?? null,
          counts: ledger?.counts ?? null,
          rows: Number(s.summary['total-records'] ?? 0),
          durationMs: ledger?.durationMs ?? null,
          run: ledger?.run ?? null,
        }
      })
      if (options.json === true) return printJson({ table: name, snapshots })
      printTable(
        ['snapshot', 'at', 'action', 'read', 'written', 'rejected', 'rows after', 'time'],
        snapshots.map((s) => [
          s.snapshot,
          s.at,
          s.action ?? s.operation,
          number(s.counts?.read),
          number(s.counts?.written),
          number(s.counts?.rejected),
          number(s.rows),
          s.durationMs === null ? '' : seconds(s.durationMs),
        ]),
        [3, 4, 5, 6, 7],
      )
    })
}
