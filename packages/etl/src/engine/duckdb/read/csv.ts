import { randomBytes } from 'node:crypto'
import { EtlError } from '../../../base/errors.ts'
import { quoteName, sqlType } from '../../../function/dialect.ts'
import type { FileScan } from '../../../plan/source.ts'
import type { OpenedFiles, ReadContext } from './contract.ts'
import { goodPlainRows, goodRows } from './csv-columns.ts'
import {
  columnsFor,
  normalise,
  type NormalText,
  type OpenedText,
  openTexts,
  type Reading,
  relationOf,
  shapeOf,
} from './csv-open.ts'
import { syntaxOf } from './csv-record.ts'
import { rejectsOf } from './csv-rejects.ts'
import { printNormalisedRelation } from './csv-relation.ts'
import { openRejectSpool } from './reject-file.ts'
import { openRejectRecorder } from './reject-recorder.ts'

function selectAll(texts: readonly OpenedText[], normal: readonly NormalText[], reading: Reading): string {
  const parts: string[] = []
  for (const group of Map.groupBy(texts, shapeOf).values()) {
    const [first] = group
    if (first === undefined) continue
    const plain = normal.filter((n) => group.includes(n.text))
    const columns = columnsFor(first, reading)
    if (first.direct === undefined) {
      const relation = printNormalisedRelation(plain, first.width)
      parts.push(goodPlainRows(columns, relation, reading.recorder))
    } else parts.push(goodRows(columns, relationOf(group, reading), first.positions, reading.recorder))
  }
  if (parts.length > 0) return parts.join(' UNION ALL ')
  const nothing = reading.scan.schema.map(
    (f) => `CAST(NULL AS ${sqlType(f.type, 'duckdb')}) AS ${quoteName(f.name)}`,
  )
  return `SELECT ${nothing.join(', ')} WHERE FALSE`
}

/**
 * Opens delimited text files as one relation.
 *
 * Regular files are read by DuckDB's parallel reader, nothing sniffed. What it would misread (the stretches of a file around
 * broken quotes and mixed line ends, files in other dialects) is first written in plain form by our own record reader. Every
 * record is a row or a reject. An empty line is no record; empty fields beyond the last column are ignored.
 *
 * Fails with `source.header` when a declared column is missing, `source.corrupt` and `source.too-large` as `unpackText`
 * does, and `config.invalid` for types that text has no form for.
 */
export async function openCsv(scan: FileScan, context: ReadContext): Promise<OpenedFiles> {
  if (scan.format.kind !== 'csv')
    throw new EtlError('bug.unreachable', `openCsv was given ${scan.format.kind}`)
  const id = `csv_${randomBytes(8).toString('hex')}`
  const reading: Reading = {
    scan,
    format: scan.format,
    syntax: syntaxOf(scan.format.dialect),
    context,
    id,
    rejects: openRejectSpool(context.scratch, id),
    recorder: openRejectRecorder(context.connection),
  }
  const texts: OpenedText[] = []
  const normal: NormalText[] = []
  for (const [index, file] of scan.files.entries()) {
    context.signal?.throwIfAborted()
    for (const text of await openTexts(file, index, reading)) {
      texts.push(text)
      if (text.direct === undefined) normal.push(await normalise(text, reading))
    }
  }
  return {
    select: selectAll(texts, normal, reading),
    finish: async (observed) => rejectsOf(texts, normal, observed, reading),
  }
}
