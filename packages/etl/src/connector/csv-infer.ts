import { basename } from 'node:path'
import { EtlError } from '../base/errors.ts'
import { headerNames } from '../plan/header.ts'
import type { CsvDialect } from '../plan/source.ts'
import type { Columns, ColumnSpec } from './column.ts'
import { defaultDialect } from './csv.ts'
import { sampleText } from './csv-sample.ts'
import { readSample } from './csv-sample-records.ts'
import { sniffDialect } from './csv-sniff.ts'
import { printDeclaration } from './infer-print.ts'
import { proposeColumn } from './infer-type.ts'

/** A proposal for reading a delimited text file. Nothing of it is used in a run until it is pasted as a declaration. */
export interface InferredCsv {
  readonly dialect: CsvDialect
  readonly columns: Columns
  /** The first records, in the order of `columns`; NULL where the text means NULL. */
  readonly sampleRows: readonly (readonly (string | null)[])[]
  readonly warnings: readonly string[]
  /** TypeScript of a table declaration, ready to paste. */
  readonly declaration: string
}

/** A column name for the table: lower snake case, unique. */
function tableName(header: string, position: number, taken: Set<string>): string {
  const words = header
    .trim()
    .replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2')
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '')
    .toLowerCase()
    .slice(0, 60)
  const base = words === '' || /^\d/.test(words) ? `column_${position + 1}` : words
  let name = base
  for (let n = 2; taken.has(name); n++) name = `${base}_${n}`
  taken.add(name)
  return name
}

function tailRecords(
  tail: string,
  dialect: Omit<CsvDialect, 'encoding' | 'nulls'>,
  width: number,
): readonly (readonly string[])[] {
  if (tail === '') return []
  const { records } = readSample(tail, dialect, 20_000)
  // The tail may begin inside a quoted field; what does not have the shape says nothing.
  return records.filter((r) => r.length === width)
}

/**
 * Proposes dialect and typed columns of a delimited text file from a bounded sample of its start and end: 512 KiB
 * and 256 KiB. gzip and zstd are unpacked (start only).
 *
 * Only types that read every sampled text without loss or guess are proposed; everything undecided is said in
 * `warnings`. A column is proposed as required when the sample has no NULL in it and at least 100 records, or is the
 * whole file. Fails with `source.header` on a file without any text.
 */
export async function inferCsv(path: string): Promise<InferredCsv> {
  const sample = await sampleText(path)
  const { dialect: sniffed, records } = sniffDialect(sample.head)
  const [first] = records
  if (first === undefined)
    throw new EtlError('source.header', `${path} holds no records to infer columns from`)
  const dialect: CsvDialect = { ...sniffed, encoding: sample.encoding, nulls: defaultDialect.nulls }
  const headers = dialect.header ? headerNames(first) : first.map((_, i) => `column_${i + 1}`)
  const body = [
    ...records.slice(dialect.header ? 1 : 0),
    ...tailRecords(sample.tail, sniffed, headers.length),
  ]
  const shaped = body.filter((r) => r.length === headers.length)
  const warnings = [...sample.warnings]
  if (shaped.length < body.length) {
    warnings.push(
      `${body.length - shaped.length} of ${body.length} records have not ${headers.length} fields and would be rejected`,
    )
  }
  if (shaped.length === 0)
    warnings.push('the file has a header and no records; every column is proposed as text')
  // A quoted empty field is no NULL in CSV, so columns that are not text have to say that it is one.
  const emptyTexts = /(?:^|[^"\w])""(?:[^"\w]|$)/.test(sample.head) ? [''] : []
  const taken = new Set<string>()
  const columns = headers.map((header, i): [string, ColumnSpec] => {
    const name = tableName(header, i, taken)
    const values = shaped.map((r) => r[i] ?? '').filter((v) => v !== '')
    const required =
      values.length === shaped.length && (sample.complete ? shaped.length > 0 : shaped.length >= 100)
    const renamed = dialect.header && header.trim().toLowerCase() !== name
    const proposal = proposeColumn(values, {
      ...(renamed ? { from: header } : {}),
      ...(required ? { required } : {}),
      ...(values.length < shaped.length ? { emptyTexts } : {}),
    })
    warnings.push(...proposal.warnings.map((w) => `${name}: ${w}`))
    return [name, proposal.column]
  })
  const proposed: Columns = Object.fromEntries(columns)
  return {
    dialect,
    columns: proposed,
    sampleRows: shaped.slice(0, 10).map((r) => r.map((v) => (v === '' ? null : v))),
    warnings,
    declaration: printDeclaration('csv', path, basename(path), proposed, changedParts(dialect)),
  }
}

function changedParts(dialect: CsvDialect): Readonly<Record<string, unknown>> {
  const usual = new Map<string, unknown>(Object.entries(defaultDialect))
  return Object.fromEntries(
    Object.entries(dialect).filter(
      ([key, value]) => JSON.stringify(usual.get(key)) !== JSON.stringify(value),
    ),
  )
}
