import { EtlError } from '../base/errors.ts'
import type { CsvDialect } from '../plan/source.ts'
import { typeName } from '../plan/type.ts'
import { type Columns, sourceColumnsOf } from './column.ts'
import { type FilesOptions, filesSource, type TypedFilesSource } from './files.ts'

/** The dialect of RFC 4180 with a header: commas, double quotes, UTF-8; the empty unquoted field is NULL. */
export const defaultDialect: CsvDialect = {
  delimiter: ',',
  quote: '"',
  escape: '"',
  skipLines: 0,
  header: true,
  encoding: 'utf-8',
  nulls: [''],
  comment: null,
  trim: false,
}

export interface CsvOptions<C extends Columns> extends FilesOptions {
  readonly columns: C
  /** How the files differ from RFC 4180 with a header in UTF-8. */
  readonly dialect?: Partial<CsvDialect>
}

function problemOf(d: CsvDialect): string | undefined {
  const bytes = Buffer.byteLength(d.delimiter)
  if (bytes < 1 || bytes > 4 || /[\r\n"]/.test(d.delimiter)) {
    return `the delimiter ${JSON.stringify(d.delimiter)} must have 1 to 4 bytes and no quote or line end`
  }
  for (const [name, mark] of [
    ['quote', d.quote],
    ['escape', d.escape],
  ] as const) {
    if (mark !== null && !/^[!-~]$/.test(mark))
      return `the ${name} ${JSON.stringify(mark)} must be one ASCII character, or null`
    if (mark !== null && d.delimiter.includes(mark))
      return `the ${name} ${JSON.stringify(mark)} occurs in the delimiter`
  }
  if (d.quote === null && d.escape !== null) return 'an escape needs a quote'
  if (!Number.isInteger(d.skipLines) || d.skipLines < 0)
    return `skipLines is ${d.skipLines}, expected a whole number >= 0`
  if (d.comment !== null && (d.comment === '' || /[\r\n]/.test(d.comment))) {
    return 'the comment mark must be text without line ends, or null'
  }
  return undefined
}

function withDefaults(dialect: Partial<CsvDialect> | undefined): CsvDialect {
  const merged = { ...defaultDialect, ...dialect }
  // Whoever changes the quote means it to be doubled inside quotes, unless an escape is named too.
  return dialect?.escape === undefined ? { ...merged, escape: merged.quote } : merged
}

/**
 * Declares delimited text files with typed columns.
 *
 * Each record becomes a row of `columns`, or a reject with its line and original text: a value that does not fit its
 * type, a NULL in a required column, a wrong number of fields, a broken quote, bytes that are no text. Columns are
 * matched by header (exactly, else without regard to case); without a header, by position. Columns of the file that
 * are not declared are ignored. Fails with `config.invalid` on an impossible dialect or column.
 */
export function csv<const C extends Columns>(path: string, options: CsvOptions<C>): TypedFilesSource<C> {
  const dialect = withDefaults(options.dialect)
  const problem = problemOf(dialect)
  if (problem !== undefined)
    throw new EtlError('config.invalid', `the dialect of ${path} is impossible: ${problem}`)
  for (const [name, column] of Object.entries(options.columns)) {
    if (!['list', 'struct', 'map', 'bytes'].includes(column.type.kind)) continue
    throw new EtlError(
      'config.invalid',
      `column "${name}" of ${path}: CSV has no form for ${typeName(column.type)}`,
      {
        hint: 'declare it as text or json and convert it in a step',
      },
    )
  }
  const format = { kind: 'csv', dialect, columns: sourceColumnsOf(options.columns) } as const
  return filesSource('csv', path, format, options.columns, options)
}
