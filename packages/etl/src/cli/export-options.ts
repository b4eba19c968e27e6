import type { Command } from 'commander'
import type { ExportCompression, ExportFormat, ExportResult } from '../engine/contract.ts'
import type { ExportTarget } from '../run/export-target.ts'
import { choice } from './option.ts'
import { bytes, counted, number, seconds } from './output.ts'
import { paint } from './paint.ts'

/** The options of commands that write plain files. */
export interface ExportCommandOptions {
  readonly partitionBy?: string
  readonly format?: string
  readonly compression?: string
  readonly overwrite?: boolean
}

const formats: readonly ExportFormat[] = ['parquet', 'csv', 'ndjson']
const compressions: readonly ExportCompression[] = ['zstd', 'snappy', 'gzip', 'none']

/** Adds the options of a command that writes plain files. */
export function exportOptions(command: Command): Command {
  return command
    .option(
      '--partition-by <columns>',
      'columns whose values become folders (region=EU/…), separated by commas',
    )
    .option('--format <format>', 'parquet, csv or ndjson (default: by the name of the output)')
    .option('--compression <codec>', 'zstd, snappy, gzip or none (default: zstd for Parquet)')
    .option('--overwrite', 'replace the output when it exists')
}

/** Reads the options into a target. Fails with `cli.usage`. */
export function exportTarget(output: string, options: ExportCommandOptions): ExportTarget {
  const { format, compression } = options
  return {
    output,
    ...(format === undefined ? {} : { format: choice('--format', format, formats) }),
    ...(compression === undefined ? {} : { compression: choice('--compression', compression, compressions) }),
    partitionBy: options.partitionBy?.split(',').map((c) => c.trim()) ?? [],
    overwrite: options.overwrite ?? false,
  }
}

/** Tells a person what was written. */
export function printExport(result: ExportResult, durationMs: number): void {
  process.stderr.write(
    `${counted(result.rows, 'row')}, ${counted(result.files, 'file')}, ${bytes(result.bytes)} in ${seconds(durationMs)}\n`,
  )
  if (result.rejects === undefined) return
  const rejected = paint.yellow(`${number(result.counts.rejected)} records rejected`)
  process.stderr.write(`${rejected}, see ${result.rejects}\n`)
}
