import type { Diagnostic, SourceLocation } from '../../base/errors.ts'
import type { Code } from '../../base/codes.ts'
import type { SqlQuery } from '../table.ts'

/** A 1-based line and column of a query's text; columns count characters (UTF-16 units). */
export interface Position {
  readonly line: number
  readonly column: number
}

/** Finds the line and column of a byte offset into the UTF-8 form of a text. */
export function positionAt(text: string, byteOffset: number): Position {
  const before = Buffer.from(text, 'utf8').subarray(0, byteOffset).toString('utf8').split('\n')
  return { line: before.length, column: (before.at(-1) ?? '').length + 1 }
}

/** Where a position of the query stands in the user's file: the template's lines follow the tag's line. */
function fileLocation(query: SqlQuery, position: Position | undefined): SourceLocation | undefined {
  if (query.at === undefined || position === undefined) return query.at
  const { file, line } = query.at
  // On the tag's own line the text before the template is unknown, so only the tag's column is sure.
  if (position.line === 1) return query.at
  return { file, line: line + position.line - 1, column: position.column }
}

/** Makes a diagnostic of a query; the message ends in the line and column within the template. */
export function queryDiagnostic(
  query: SqlQuery,
  code: Code,
  message: string,
  options: {
    readonly hint?: string
    readonly location?: number
    readonly severity?: 'error' | 'warning'
  } = {},
): Diagnostic {
  const position = options.location === undefined ? undefined : positionAt(query.text, options.location)
  const at = fileLocation(query, position)
  return {
    code,
    severity: options.severity ?? 'error',
    message:
      position === undefined
        ? message
        : `${message} (line ${position.line}, column ${position.column} of the query)`,
    ...(options.hint === undefined ? {} : { hint: options.hint }),
    ...(at === undefined ? {} : { at }),
  }
}
