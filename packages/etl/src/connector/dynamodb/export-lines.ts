import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { EtlError } from '../../base/errors.ts'
import { linesOf } from '../../base/line-splitter.ts'
import type { Item } from './attribute.ts'
import type { ExportFile } from './export-manifest.ts'
import { loadIon } from './ion.ts'
import type { Change } from './stage-items.ts'

/** A line of an export: an item of a full one, or what became of an item in the time of an incremental one. */
export interface ExportLine {
  readonly Item?: Item
  readonly Metadata?: { readonly WriteTimestampMicros?: { readonly N?: string } | number | string }
  readonly Keys?: Item
  readonly OldImage?: Item
  readonly NewImage?: Item
}

/** A data file that is not as its manifest says. */
export const corrupt = (name: string, what: string, cause?: unknown): EtlError =>
  new EtlError('source.corrupt', `${name} ${what}`, {
    hint: 'Copy the export again, with all its files.',
    ...(cause === undefined ? {} : { cause }),
  })

const parserOf = (format: ExportFile['format']): Promise<(line: string) => ExportLine> =>
  format === 'ion' ? loadIon() : Promise.resolve((line) => JSON.parse(line) as ExportLine)

/**
 * Reads the lines of a data file, decompressed. Fails with `source.corrupt`, at the end, where the checksum or the count of
 * lines is not that of the manifest, and before where a line cannot be read.
 *
 * @param at the file on this machine
 * @param name what messages call it
 */
export async function* exportLines(file: ExportFile, at: string, name: string): AsyncGenerator<ExportLine> {
  const parse = await parserOf(file.format)
  const md5 = createHash('md5')
  const raw = createReadStream(at)
  raw.on('data', (chunk) => md5.update(chunk))
  const unpacked = file.name.endsWith('.gz') ? raw.pipe(createGunzip()) : raw
  raw.on('error', (error) => unpacked.destroy(error))
  let lines = 0
  try {
    for await (const line of linesOf(unpacked)) {
      const text = line.toString().trimEnd()
      if (text === '') continue
      lines++
      yield parse(text)
    }
  } catch (cause) {
    throw cause instanceof EtlError ? cause : corrupt(name, 'cannot be read', cause)
  } finally {
    raw.destroy()
  }
  if (md5.digest('base64') !== file.md5) throw corrupt(name, 'has another checksum than the manifest says')
  if (lines !== file.items)
    throw corrupt(name, `has ${lines} items, but the manifest says that it has ${file.items}`)
}

/** The time of the write of a line, in microseconds since the epoch. */
export function writtenMicros({ Metadata }: ExportLine): bigint {
  const time = Metadata?.WriteTimestampMicros
  return BigInt(typeof time === 'object' ? (time.N ?? 0) : (time ?? 0))
}

/** Microseconds as ISO 8601 in UTC. */
function timeText(micros: bigint): string {
  const seconds = new Date(Number(micros / 1_000_000n) * 1_000).toISOString().slice(0, 19)
  return `${seconds}.${String(micros % 1_000_000n).padStart(6, '0')}Z`
}

/** The item and the change that a line of an incremental export stands for; `hasOld`: its view has the old items. */
export function changeOf(
  line: ExportLine,
  hasOld: boolean,
): { readonly item: Item; readonly change: Change } {
  const micros = writtenMicros(line)
  const operation =
    line.NewImage === undefined ? 'remove' : hasOld && line.OldImage === undefined ? 'insert' : 'modify'
  return {
    item: line.NewImage ?? line.OldImage ?? line.Keys ?? {},
    change: { operation, at: timeText(micros), sequence: String(micros) },
  }
}
