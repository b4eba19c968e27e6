import type { Command } from 'commander'
import { EtlError } from '../../base/errors.ts'
import type { ExportCompression, ExportFormat } from '../../engine/contract.ts'
import { convert } from '../../run/convert.ts'
import { bytes, number, printJson, seconds } from '../output.ts'
import { paint } from '../paint.ts'
import { openEngine } from '../project.ts'

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

function choice<T extends string>(
  name: string,
  value: string | undefined,
  allowed: readonly T[],
): T | undefined {
  if (value === undefined) return undefined
  const found = allowed.find((a) => a === value)
  if (found === undefined)
    throw new EtlError('config.invalid', `${name} is ${allowed.join(', ')}, not "${value}"`)
  return found
}

async function convertCommand(input: string, output: string, options: ConvertCommandOptions): Promise<void> {
  const format = choice<ExportFormat>('--format', options.format, ['parquet', 'csv', 'ndjson'])
  const compression = choice<ExportCompression>('--compression', options.compression, [
    'zstd',
    'snappy',
    'gzip',
    'none',
  ])
  await using engine = openEngine(options)
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort())
  const started = performance.now()
  const live = process.stderr.isTTY
  const result = await convert({
    engine,
    input,
    output,
    ...(format === undefined ? {} : { format }),
    ...(compression === undefined ? {} : { compression }),
    partitionBy: options.partitionBy?.split(',').map((c) => c.trim()) ?? [],
    text: options.text ?? false,
    overwrite: options.overwrite ?? false,
    signal: stop.signal,
    ...(live ? { onProgress: (p) => process.stderr.write(`\r${Math.round(p.share * 100)} % `) } : {}),
  })
  const durationMs = performance.now() - started
  if (options.json === true) return printJson({ ...result, durationMs })
  for (const warning of result.warnings) process.stderr.write(`${paint.yellow('warning')} ${warning}\n`)
  process.stderr.write(
    `${live ? '\r' : ''}${number(result.rows)} rows, ${number(result.files)} file${result.files === 1 ? '' : 's'}, ${bytes(result.bytes)} in ${seconds(durationMs)}\n`,
  )
  if (result.rejects !== undefined) {
    process.stderr.write(
      `${paint.yellow(`${number(result.counts.rejected)} records rejected`)}, see ${result.rejects}\n`,
    )
  }
}
