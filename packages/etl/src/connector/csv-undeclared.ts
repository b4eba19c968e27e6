import iconv from 'iconv-lite'
import { type Diagnostic, EtlError } from '../base/errors.ts'
import { type CsvHead, csvHeadIn, positionsOf } from '../engine/duckdb/read/csv-head.ts'
import { maxRecordBytes, syntaxOf } from '../engine/duckdb/read/csv-record.ts'
import { type FileHead, openBytes, readFileHead } from '../engine/duckdb/read/source-bytes.ts'
import type { CsvDialect, FileFormat, FileScan, ResolvedFile } from '../plan/source.ts'

const filesAtOnce = 16
const shownNames = 10
const shownCharacters = 80

/**
 * Looks at the headers of delimited files for columns that no declared column is read from: their values are ignored.
 *
 * Returns one warning for all files together, or undefined when there is nothing to say, also for other formats and for
 * files without a header. A file whose header cannot be read is passed over; reading it fails with the reason.
 */
export async function warnOfUndeclared(scan: FileScan): Promise<Diagnostic | undefined> {
  const { format } = scan
  if (format.kind !== 'csv' || !format.dialect.header) return undefined
  /** Files by the column that they have too much. */
  const found = new Map<string, string[]>()
  for (let i = 0; i < scan.files.length; i += filesAtOnce) {
    const files = scan.files.slice(i, i + filesAtOnce)
    const surplus = await Promise.all(files.map((file) => undeclaredOf(file, format)))
    for (const [n, names] of surplus.entries()) {
      for (const name of names) {
        const paths = found.get(name) ?? []
        found.set(name, paths)
        paths.push(files[n]?.path ?? '')
      }
    }
  }
  return found.size === 0 ? undefined : warning(found, scan.files.length)
}

function warning(found: ReadonlyMap<string, readonly string[]>, files: number): Diagnostic {
  const shown = [...found].slice(0, shownNames).map(([name, paths]) => {
    const short = name.length > shownCharacters ? `${name.slice(0, shownCharacters)}…` : name
    const where = paths.length === files ? '' : ` (in ${paths.length} of ${files} files, such as ${paths[0]})`
    return `${JSON.stringify(short)}${where}`
  })
  const more = found.size > shownNames ? ` and ${found.size - shownNames} more` : ''
  return {
    code: 'source.undeclared',
    severity: 'warning',
    message: `columns of the files that are not declared are ignored: ${shown.join(', ')}${more}`,
    hint: 'declare them to keep their values',
  }
}

async function undeclaredOf(
  file: ResolvedFile,
  format: Extract<FileFormat, { kind: 'csv' }>,
): Promise<readonly string[]> {
  try {
    const { names } = await headOf(await readFileHead(file.path), format.dialect)
    if (names === undefined) return []
    const used = new Set(positionsOf(file.path, names, format.columns))
    return names.filter((_, position) => !used.has(position))
  } catch (error) {
    if (isUnreadable(error)) return []
    throw error
  }
}

/** What the reader of the file refuses, with its reason. */
const isUnreadable = (error: unknown): boolean =>
  error instanceof EtlError || (error instanceof Error && 'code' in error)

/** Reads as much of a file as its header needs. */
async function headOf(file: FileHead, dialect: CsvDialect): Promise<Pick<CsvHead, 'names'>> {
  const syntax = syntaxOf(dialect)
  const decoder = iconv.getDecoder(dialect.encoding)
  let text = Buffer.alloc(0)
  for await (const chunk of openBytes(file)) {
    text = Buffer.concat([text, Buffer.from(decoder.write(chunk))])
    const head = csvHeadIn(file.path, text, false, dialect, syntax)
    if (head !== undefined) return head
    if (text.length > maxRecordBytes) return { names: undefined }
  }
  return csvHeadIn(file.path, text, true, dialect, syntax) ?? { names: undefined }
}
