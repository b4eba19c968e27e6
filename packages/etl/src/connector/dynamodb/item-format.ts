import type { FileFormat } from '../../plan/source.ts'
import { type Columns, sourceColumnsOf } from '../column.ts'

/** How items become columns; part of a table's definition. */
export interface ItemReads {
  /** The declared columns, by name, with the attributes that they are read from. */
  readonly attributes: Readonly<Record<string, string>>
  /** The column for all other attributes. */
  readonly rest?: string
}

/** A column's member in staged records. A name that would be taken for a path is quoted. */
const memberOf = (name: string): string =>
  /^\$[.[]/.test(name) ? `$."${name.replace(/["\\]/g, String.raw`\$&`)}"` : name

/** Staged records are lines of JSON with one member for each column, in the column's name. */
export function itemFormat(
  declared: Columns,
  all: Columns,
): { readonly format: FileFormat; readonly attributes: Readonly<Record<string, string>> } {
  const columns = sourceColumnsOf(all).map((column) => ({ ...column, from: memberOf(column.name) }))
  return {
    format: { kind: 'json', layout: 'lines', columns },
    attributes: Object.fromEntries(sourceColumnsOf(declared).map(({ name, from }) => [name, from])),
  }
}
