import type { Command } from 'commander'
import type { ExportResult, Progress } from '../../engine/contract.ts'
import { openLake } from '../../lake/index.ts'
import { exportToStream, type StreamExportResult } from '../../run/export-stream.ts'
import { exportTable } from '../../run/export-table.ts'
import type { ExportTarget } from '../../run/export-target.ts'
import { holding } from '../../run/holding.ts'
import { isKinesis } from '../../store/kinesis/index.ts'
import { type ExportCommandOptions, exportOptions, exportTarget, printExport } from '../export-options.ts'
import { stopOnInterrupt } from '../interrupt.ts'
import { number, printJson } from '../output.ts'
import { openEngine } from '../open-engine.ts'
import { lakeOf, lakeOptions, type ProjectOptions } from '../project.ts'
import { showOne } from '../single-progress.ts'
import { printSent, refuseStreamOptions, type StreamOptions, streamTarget } from '../stream-options.ts'
import { needTable, parseAsOf } from '../table-of.ts'

interface Options extends ProjectOptions, ExportCommandOptions, StreamOptions {
  readonly asOf?: string
}

export function define(program: Command): void {
  const command = program
    .command('export')
    .summary('Write a table as plain Parquet, CSV or NDJSON, or send it to a stream.')
    .description(
      'Write a table of the lake as plain files for other tools: one file, or a folder of Hive partitions. The output appears whole or not at all; a folder in S3 is whole once it has _SUCCESS. Or send its rows to a Kinesis data stream, each a record of JSON, at least once.',
    )
    .argument('<table>', 'name of the table')
    .argument(
      '<output>',
      'file, or with --partition-by a folder, here or in s3://bucket/…; or kinesis://stream',
    )
    .option('--as-of <state>', 'as of a snapshot id, a time, a branch or a tag')
    .option('--record-key <column>', 'of a stream: the partition key; rows of equal keys arrive in order')
    .option('--order-by <columns>', 'of a stream: the order in which rows are sent, separated by commas')
  lakeOptions(exportOptions(command))
    .addHelpText(
      'after',
      '\nExamples:\n  $ securecart export mart.revenue_by_region revenue.csv\n  $ securecart export sales.orders orders/ --partition-by region --compression snappy\n  $ securecart export sales.orders kinesis://orders --record-key region --order-by order_id\n',
    )
    .action(exportCommand)
}

async function exportCommand(name: string, output: string, options: Options): Promise<void> {
  const started = performance.now()
  const target = isKinesis(output)
    ? ({ kind: 'stream', ...streamTarget(output, options) } as const)
    : ({ kind: 'files', ...filesTarget(output, options) } as const)
  const place = await lakeOf(options)
  await using lake = await openLake(place)
  const table = await needTable(lake, name)
  await using engine = openEngine(options)
  using stop = stopOnInterrupt()
  const common = {
    ...(options.asOf === undefined ? {} : { asOf: parseAsOf(options.asOf) }),
    signal: stop.signal,
  }
  if (target.kind === 'stream') {
    let sent: StreamExportResult
    {
      using show = await showOne()
      const onProgress = shown(show, 'records')
      sent = await exportToStream(holding(engine, lake), table, { ...target, ...common, onProgress })
    }
    const durationMs = performance.now() - started
    if (options.json === true) return printJson({ table: name, ...sent, durationMs })
    return printSent(sent, output, durationMs)
  }
  let result: ExportResult
  {
    using show = await showOne()
    const onProgress = shown(show, 'rows')
    result = await exportTable(holding(engine, lake), table, {
      ...target,
      ...common,
      s3: place.s3,
      onProgress,
    })
  }
  const durationMs = performance.now() - started
  if (options.json === true) return printJson({ table: name, ...result, durationMs })
  printExport(result, durationMs)
}

const shown =
  (show: (share: number, text: string) => void, what: string) =>
  ({ share, rowsRead }: Progress): void =>
    show(share, rowsRead === undefined ? '' : `${number(rowsRead)} ${what}`)

/** Fails with `cli.usage` on options of streams. */
function filesTarget(output: string, options: Options): ExportTarget {
  refuseStreamOptions(options)
  return exportTarget(output, options)
}
