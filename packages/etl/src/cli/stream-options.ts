import { EtlError } from '../base/errors.ts'
import type { StreamExportResult, StreamTarget } from '../run/export-stream.ts'
import type { ExportCommandOptions } from './export-options.ts'
import { bytes, counted, number, seconds } from './output.ts'

/** The options of `export` that only streams have. */
export interface StreamOptions {
  readonly recordKey?: string
  readonly orderBy?: string
}

const optionName = (key: string): string => `--${key.replaceAll(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`

function refuse<T extends object>(options: T, keys: readonly (keyof T & string)[], why: string): void {
  const given = keys.find((k) => options[k] !== undefined)
  if (given !== undefined) throw new EtlError('cli.usage', `${optionName(given)} ${why}`)
}

/** Fails with `cli.usage` on options of streams, for an output that is none. */
export const refuseStreamOptions = (options: StreamOptions): void =>
  refuse(options, ['recordKey', 'orderBy'], 'is for streams: kinesis://name')

/** Reads the options into a target. Fails with `cli.usage` on options of files. */
export function streamTarget(output: string, options: StreamOptions & ExportCommandOptions): StreamTarget {
  refuse(options, ['partitionBy', 'format', 'compression', 'overwrite'], 'is for files, not for streams')
  const { recordKey, orderBy } = options
  return {
    output,
    ...(recordKey === undefined ? {} : { key: recordKey }),
    orderBy: orderBy?.split(',').map((c) => c.trim()) ?? [],
  }
}

/** Tells a person what was sent. */
export function printSent(result: StreamExportResult, output: string, durationMs: number): void {
  const again = result.again === 0 ? '' : `, ${number(result.again)} sent again`
  process.stderr.write(
    `${counted(result.rows, 'record')}, ${bytes(result.bytes)} to ${output} in ${seconds(durationMs)}${again}\n`,
  )
}
