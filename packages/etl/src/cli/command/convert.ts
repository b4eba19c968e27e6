import type { Command } from 'commander'
import type { ExportCompression, ExportFormat } from '../../engine/contract.ts'
import { convert, type ConvertResult } from '../../run/convert.ts'
import { stopOnInterrupt } from '../interrupt.ts'
import { choice } from '../option.ts'
import { bytes, number, printJson, seconds } from '../output.ts'
import { paint } from '../paint.ts'
import { openEngine } from '../project.ts'
import { showOne } from '../single-progress.ts'

interface ConvertCommandOptions {
  readonly partitionBy?: string
  readonly format?: string
  readonly compression?: string
  readonly text?: boolean
  readonly overwrite?: boolean
  readonly memory?: string
  readonly threads?: string
  readonly json?: boolean
}

export function define(program: Command): void {
  program
    .command('convert')
    .summary('Convert files: CSV, JSON, Parquet.')
    .description(
      'Convert a file, a folder or a glob of CSV, NDJSON, JSON, Parquet or access-log files to Parquet, CSV or NDJSON. Types are proposed from the first file and then enforced: a record that does not fit goes to <output>.rejected.ndjson with its line and reason.',
    )
    .argument('<input>', 'file, folder or glob; .gz and .zst are read')
    .argument('<output>', 'file, or with --partition-by a folder')
    .option(
      '--partition-by <columns>',
      'columns whose values become folders (region=EU/…), separated by commas',
    )
    .option('--format <format>', 'parquet, csv or ndjson (default: by the name of the output)')
    .option('--compression <codec>', 'zstd, snappy, gzip or none (default: zstd for Parquet)')
    .option('--text', 'keep every value as text')
    .option('--overwrite', 'replace the output when it exists')
    .option('--memory <size>', 'memory limit of the engine, such as 512MB')
    .option('--threads <n>', 'threads of the engine')
    .option('--json', 'print one JSON document on stdout')
    .addHelpText(
      'after',
      '\nExamples:\n  $ securecart convert orders.csv orders.parquet\n  $ securecart convert logs/ lake/logs --partition-by region,day\n',
    )
    .action(convertCommand)
}

const exportFormats: readonly ExportFormat[] = ['parquet', 'csv', 'ndjson']
const compressions: readonly ExportCompression[] = ['zstd', 'snappy', 'gzip', 'none']

async function convertCommand(input: string, output: string, options: ConvertCommandOptions): Promise<void> {
  const { format, compression } = options
  const started = performance.now()
  await using engine = openEngine(options)
  using stop = stopOnInterrupt()
  let result: ConvertResult
  {
    using show = showOne()
    result = await convert({
      engine,
      input,
      output,
      ...(format === undefined ? {} : { format: choice('--format', format, exportFormats) }),
      ...(compression === undefined
        ? {}
        : { compression: choice('--compression', compression, compressions) }),
      partitionBy: options.partitionBy?.split(',').map((c) => c.trim()) ?? [],
      text: options.text ?? false,
      overwrite: options.overwrite ?? false,
      signal: stop.signal,
      onProgress: (p) => show(p.share, p.rowsRead === undefined ? '' : `${number(p.rowsRead)} rows`),
    })
  }
  const durationMs = performance.now() - started
  if (options.json === true) return printJson({ ...result, durationMs })
  for (const warning of result.warnings) process.stderr.write(`${paint.yellow('warning')} ${warning}\n`)
  process.stderr.write(
    `${number(result.rows)} rows, ${number(result.files)} file${result.files === 1 ? '' : 's'}, ${bytes(result.bytes)} in ${seconds(durationMs)}\n`,
  )
  if (result.rejects !== undefined) {
    process.stderr.write(
      `${paint.yellow(`${number(result.counts.rejected)} records rejected`)}, see ${result.rejects}\n`,
    )
  }
}
