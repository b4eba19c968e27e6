import { stat } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../base/errors.ts'
import { accessLog } from '../connector/access-log.ts'
import type { Columns, ColumnSpec } from '../connector/column.ts'
import type { FilesSource } from '../connector/contract.ts'
import { csv } from '../connector/csv.ts'
import { warnOfUndeclared } from '../connector/csv-undeclared.ts'
import { grok } from '../connector/grok.ts'
import { inferFile } from '../connector/infer.ts'
import { jsonArray, ndjson } from '../connector/json.ts'
import { assertUnchanged, discover, listFiles } from '../connector/listing.ts'
import { parquet } from '../connector/parquet.ts'
import type { Engine, ExportResult } from '../engine/contract.ts'
import { type ExportTarget, exportTo } from './export-target.ts'

export interface ConvertOptions extends ExportTarget {
  readonly engine: Engine
  /** A file, a folder, or a glob. */
  readonly input: string
  /** Keep every value of text formats as text. */
  readonly text?: boolean
}

export interface ConvertResult extends ExportResult {
  readonly inputFiles: number
  readonly warnings: readonly string[]
}

/** The proposed columns under the names of the source; nothing is required, since nobody declared it. */
function asFound(columns: Columns, text: boolean): Columns {
  const entries = Object.entries(columns).map(([name, spec]): [string, ColumnSpec] => {
    const { type, from, nulls } = spec
    const found = from ?? name
    return text
      ? [found, { type: { kind: 'text' }, nullable: true, ...(nulls ? { nulls } : {}) }]
      : [found, { ...spec, type, nullable: true }]
  })
  return Object.fromEntries(entries)
}

async function sourceOf(
  pattern: string,
  example: string,
  text: boolean,
): Promise<{ source: FilesSource; warnings: readonly string[] }> {
  const found = await inferFile(example)
  const { warnings } = found
  switch (found.connector) {
    case 'csv':
      return {
        source: csv(pattern, {
          columns: asFound(found.columns, text),
          ...(found.dialect ? { dialect: found.dialect } : {}),
        }),
        warnings,
      }
    case 'ndjson':
      return { source: ndjson(pattern, { columns: asFound(found.columns, text) }), warnings }
    case 'jsonArray':
      return { source: jsonArray(pattern, { columns: asFound(found.columns, text) }), warnings }
    case 'parquet':
      return { source: parquet(pattern, { columns: asFound(found.columns, false) }), warnings }
    case 'grok':
      return {
        source: grok(pattern, {
          pattern: found.grok?.pattern ?? [],
          columns: asFound(found.columns, text),
          ...(found.grok?.multiline ? { multiline: found.grok.multiline } : {}),
        }),
        warnings,
      }
    default:
      return { source: accessLog(pattern), warnings }
  }
}

/**
 * Converts files to Parquet, CSV or NDJSON in one pass. Dialect and types are proposed from the first file; every value
 * must then fit its type exactly, and a record that does not is kept in `<output>.rejected.ndjson` with its place and
 * reason. The output appears whole or not at all. Fails with `source.changed` when a file was written to while it was read.
 */
export async function convert(options: ConvertOptions): Promise<ConvertResult> {
  const input = path.resolve(options.input)
  const isFolder = await stat(input).then(
    (s) => s.isDirectory(),
    () => false,
  )
  const pattern = isFolder ? path.join(input, '**', '*') : input
  const [first] = await listFiles(pattern, '/')
  if (first === undefined) throw new EtlError('config.invalid', `there is no file ${options.input}`)
  const { source, warnings } = await sourceOf(pattern, first.path, options.text ?? false)
  const work = await discover(source, '/', [])
  const undeclared = await warnOfUndeclared(work.scan)
  const result = await exportTo(
    options.engine,
    {
      plan: { kind: 'scan', input: 'input', schema: source.schema },
      inputs: new Map([['input', { kind: 'files', scan: work.scan }]]),
      beforePublish: () => assertUnchanged(work.scan.files),
    },
    options,
  )
  return {
    ...result,
    inputFiles: work.scan.files.length,
    warnings: [...warnings, ...(undeclared === undefined ? [] : [undeclared.message])],
  }
}
