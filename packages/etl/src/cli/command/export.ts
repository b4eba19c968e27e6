import type { Command } from 'commander'
import type { ExportResult } from '../../engine/contract.ts'
import { openLake } from '../../lake/index.ts'
import { holding } from '../../run/holding.ts'
import { exportTable } from '../../run/export-table.ts'
import { type ExportCommandOptions, exportOptions, exportTarget, printExport } from '../export-options.ts'
import { stopOnInterrupt } from '../interrupt.ts'
import { number, printJson } from '../output.ts'
import { openEngine } from '../open-engine.ts'
import { lakeOf, lakeOptions, type ProjectOptions } from '../project.ts'
import { showOne } from '../single-progress.ts'
import { needTable, parseAsOf } from '../table-of.ts'

type Options = ProjectOptions & ExportCommandOptions & { readonly asOf?: string }

export function define(program: Command): void {
  const command = program
    .command('export')
    .summary('Write a table as plain Parquet, CSV or NDJSON.')
    .description(
      'Write a table of the lake as plain files for other tools: one file, or a folder of Hive partitions. The output appears whole or not at all; a folder in S3 is whole once it has _SUCCESS.',
    )
    .argument('<table>', 'name of the table')
    .argument('<output>', 'file, or with --partition-by a folder, here or in s3://bucket/…')
    .option('--as-of <state>', 'as of a snapshot id, a time, a branch or a tag')
  lakeOptions(exportOptions(command))
    .addHelpText(
      'after',
      '\nExamples:\n  $ securecart export mart.revenue_by_region revenue.csv\n  $ securecart export sales.orders orders/ --partition-by region --compression snappy\n',
    )
    .action(exportCommand)
}

async function exportCommand(name: string, output: string, options: Options): Promise<void> {
  const started = performance.now()
  const place = await lakeOf(options)
  await using lake = await openLake(place)
  const table = await needTable(lake, name)
  await using engine = openEngine(options)
  using stop = stopOnInterrupt()
  let result: ExportResult
  {
    using show = await showOne()
    result = await exportTable(holding(engine, lake), table, {
      ...exportTarget(output, options),
      ...(options.asOf === undefined ? {} : { asOf: parseAsOf(options.asOf) }),
      s3: place.s3,
      signal: stop.signal,
      onProgress: (p) => show(p.share, p.rowsRead === undefined ? '' : `${number(p.rowsRead)} rows`),
    })
  }
  const durationMs = performance.now() - started
  if (options.json === true) return printJson({ table: name, ...result, durationMs })
  printExport(result, durationMs)
}
