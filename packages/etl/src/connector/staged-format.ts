import type { CsvDialect, FileFormat } from '../plan/source.ts'
import { type Columns, sourceColumnsOf } from './column.ts'

/** The text that stands for NULL in staging files, unquoted; every other text that could be taken for it is quoted. */
export const stagedNull = '\\N'

/** How connectors write records that they fetched: RFC 4180 with a mark of its own for NULL. */
const stagedDialect: CsvDialect = {
  delimiter: ',',
  quote: '"',
  escape: '"',
  skipLines: 0,
  header: false,
  encoding: 'utf-8',
  nulls: [stagedNull],
  comment: null,
  trim: false,
}

/** The format of staging files with the declared columns in their order. */
export function stagedFormat(columns: Columns): FileFormat {
  return { kind: 'csv', dialect: stagedDialect, columns: sourceColumnsOf(columns) }
}
