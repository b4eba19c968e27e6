import type { Command } from 'commander'
import { convert, type ConvertResult } from '../../run/convert.ts'
import { stopOnInterrupt } from '../interrupt.ts'
import { type ExportCommandOptions, exportOptions, exportTarget, printExport } from '../export-options.ts'
import { number, printJson } from '../output.ts'
import { paint } from '../paint.ts'
import { openEngine } from '../open-engine.ts'
import { showOne } from '../single-progress.ts'

interface ConvertCommandOptions extends ExportCommandOptions {
  readonly text?: boolean
  readonly memory?: string
  readonly threads?: string
  readonly json?: boolean
}

export function define(program: Command): void {
  const command = program
    .command('convert')
    .summary('Convert files: CSV, JSON, Parquet.')
    .description(
      'Convert a file, a folder or a glob of CSV, NDJSON, JSON, Parquet or log files to Parquet, CSV or NDJSON. Types are proposed from the first file and then enforced: a record that does not fit goes to <output>.rejected.ndjson with its line and reason.',
    )
    .argument('<input>', 'file, folder or glob, here or in s3://bucket/…; .gz and .zst are read')
    .argument('<output>', 'file, or with --partition-by a folder, here or in s3://bucket/…')
    .option('--text', 'keep every value as text')
    .option('--memory <size>', 'memory limit of the engine, such as 512MB')
    .option('--threads <n>', 'threads of the engine')
    .option('--json', 'print one JSON document on stdout')
  exportOptions(command)
    .addHelpText(
      'after',
      '\nExamples:\n  $ securecart convert data/orders/2024-01.csv orders.parquet\n  $ securecart convert data/orders by-region --partition-by region\n  $ securecart convert "data/orders/*.csv" orders.ndjson.gz --json\n',
    )
    .action(convertCommand)
}

async function convertCommand(input: string, output: string, options: ConvertCommandOptions): Promise<void> {
  const started = performance.now()
  await using engine = openEngine(options)
  using stop = stopOnInterrupt()
  let result: ConvertResult
  {
    using show = await showOne()
    result = await convert({
      engine,
      input,
      ...exportTarget(output, options),
      text: options.text ?? false,
      signal: stop.signal,
      onProgress: (p) => show(p.share, p.rowsRead === undefined ? '' : `${number(p.rowsRead)} rows`),
    })
  }
  const durationMs = performance.now() - started
  if (options.json === true) return printJson({ ...result, durationMs })
  for (const warning of result.warnings) process.stderr.write(`${paint.yellow('warning')} ${warning}\n`)
  printExport(result, durationMs)
}
