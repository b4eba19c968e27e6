import { quoteText } from '../../../function/dialect.ts'
import type { CsvDialect } from '../../../plan/source.ts'
import { pathList } from '../file-path.ts'
import { maxRecordBytes } from './csv-record.ts'

/** Texts of a common shape, to be read by one call of DuckDB's reader. */
export interface CsvGroup {
  readonly paths: readonly string[]
  /** Fields of every record; read as `c0`, `c1`, …. */
  readonly width: number
  readonly skip: number
  readonly newline: '\n' | '\r\n'
  /** Quoted fields span lines, which the parallel reader does not survive. */
  readonly multiline: boolean
}

/**
 * Stands for "nothing means NULL", which DuckDB cannot say: no unquoted field can be a line end. Longer texts are not
 * given to DuckDB at all, but compared afterwards: it drops a surplus field that is the beginning of one of them.
 */
const neverNull = '\n'
// As DuckDB would choose by itself for lines up to 2 MB; larger buffers cost memory per thread.
const bufferBytes = 2 * maxRecordBytes

const columnsOption = (names: readonly string[]): string =>
  `columns = {${names.map((n) => `${quoteText(n)}: 'VARCHAR'`).join(', ')}}`

/** Reads regular texts of a declared dialect, nothing sniffed. Records of the wrong shape go to the reject tables. */
export function printDialectRelation(group: CsvGroup, dialect: CsvDialect, rejectTable: string): string {
  return `read_csv(${[
    pathList(group.paths),
    "hive_partitioning = false, auto_detect = false, header = false, null_padding = false, compression = 'none'",
    `delim = ${quoteText(dialect.delimiter)}`,
    `quote = ${quoteText(dialect.quote ?? '')}, escape = ${quoteText(dialect.quote ?? '')}`,
    `skip = ${group.skip}, new_line = ${group.newline === '\n' ? "'\\n'" : "'\\r\\n'"}`,
    `nullstr = [${quoteText(dialect.nulls.includes('') ? '' : neverNull)}], allow_quoted_nulls = false`,
    `max_line_size = ${maxRecordBytes}, buffer_size = ${bufferBytes}`,
    'filename = true',
    ...(group.multiline ? ['parallel = false'] : []),
    `store_rejects = true, rejects_limit = 1, rejects_table = ${quoteText(rejectTable)}, rejects_scan = ${quoteText(`${rejectTable}_scan`)}`,
    columnsOption(Array.from({ length: group.width }, (_, i) => `c${i}`)),
  ].join(', ')})`
}

/** A text in plain form. */
interface PlainText {
  readonly paths: readonly string[]
  /** Bytes of its longest record. */
  readonly longest: number
  readonly multiline: boolean
}

/** Reads normalised texts: `line`, `offset`, `original`, then `c0`, `c1`, …. */
export function printNormalisedRelation(texts: readonly PlainText[], width: number): string {
  const line = Math.max(...texts.map((t) => t.longest + 1024), maxRecordBytes)
  const names = ['line', 'offset', 'original', ...Array.from({ length: width }, (_, i) => `c${i}`)]
  return `read_csv(${[
    pathList(texts.flatMap((t) => t.paths)),
    "hive_partitioning = false, auto_detect = false, header = false, compression = 'none', delim = ',', quote = '\"', escape = '\"'",
    "new_line = '\\n', nullstr = [''], allow_quoted_nulls = false, filename = true",
    // One thread keeps all that it has read until memory is short.
    ...(texts.some((t) => t.multiline) ? ['parallel = false'] : []),
    `max_line_size = ${line}, buffer_size = ${2 * line}`,
    columnsOption(names),
  ].join(', ')})`
}
