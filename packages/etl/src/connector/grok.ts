import { EtlError } from '../base/errors.ts'
import { parseLinear } from '../function/regex/linear.ts'
import type { Multiline, RecordPattern } from '../plan/source.ts'
import { typeName } from '../plan/type.ts'
import { type Columns, sourceColumnsOf } from './column.ts'
import { type FilesOptions, filesSource, type TypedFilesSource } from './files.ts'
import { expandGrok } from './grok/expand.ts'

/** How several lines make one record. */
export interface MultilineOptions {
  /** A grok pattern that is looked for in every line (`^` is its beginning): a line with it begins a record. */
  readonly start?: string
  /** Instead of `start`: a line with it belongs to the record before. */
  readonly continuation?: string
  /** The most lines of a record, 1 to 100,000. Default 500. */
  readonly maxLines?: number
  /** The most bytes of a record, 1 to 8,388,608 (8 MiB). Default 1 MiB. */
  readonly maxBytes?: number
}

export interface GrokOptions<C extends Columns> extends FilesOptions {
  /** One grok pattern, or several that are tried in order. Each must match the whole record. */
  readonly pattern: string | readonly string[]
  /** Definitions beside, and before, those of the library: `{ ORDER_ID: '[A-Z]{2}\\d+' }`. */
  readonly definitions?: Readonly<Record<string, string>>
  readonly columns: C
  readonly multiline?: MultilineOptions
}

const invalid = (message: string, hint?: string): EtlError =>
  new EtlError('config.invalid', message, hint === undefined ? {} : { hint })

const shown = (pattern: string): string => (pattern.length <= 80 ? pattern : `${pattern.slice(0, 80)}…`)

/** A pattern with its references replaced and its anchors taken off, and its captures. */
function compile(
  pattern: string,
  definitions: Readonly<Record<string, string>> | undefined,
): { readonly regex: string; readonly captures: readonly string[] } {
  const { regex } = expandGrok(pattern, definitions)
  const parsed = parseLinear(regex)
  if (typeof parsed === 'string')
    throw invalid(`the grok pattern "${shown(pattern)}" does not work: ${parsed}`)
  return { regex, captures: parsed.captures }
}

/** The pattern without `^` and `$` around it, which whole records do not need. */
const unanchored = (pattern: string): string =>
  pattern.replace(/^(?:\^|\\A)/u, '').replace(/(?<!\\)((?:\\\\)*)(?:\$|\\[zZ])$/u, '$1')

function checkNames(definitions: Readonly<Record<string, string>>): void {
  for (const name of Object.keys(definitions)) {
    if (!/^\w+$/u.test(name))
      throw invalid(`"${name}" is no name of a grok definition: use letters, digits and "_"`)
  }
}

function checkColumns(path: string, columns: Columns, captures: ReadonlySet<string>): void {
  for (const [name, column] of Object.entries(columns)) {
    if (['list', 'struct', 'map', 'bytes'].includes(column.type.kind))
      throw invalid(
        `column "${name}" of ${path}: a log has no form for ${typeName(column.type)}`,
        'declare it as text or json and convert it in a step',
      )
    const from = column.from ?? name
    if (!captures.has(from))
      throw invalid(
        `column "${name}" of ${path}: no pattern captures "${from}"`,
        `the patterns capture ${[...captures].join(', ') || 'nothing'}`,
      )
  }
}

function bound(value: number | undefined, name: string, usual: number, most: number): number {
  const given = value ?? usual
  if (Number.isInteger(given) && given >= 1 && given <= most) return given
  throw invalid(`multiline.${name} is ${given}, expected a whole number from 1 to ${most}`)
}

function multilineOf(
  options: MultilineOptions,
  definitions: Readonly<Record<string, string>> | undefined,
): Multiline {
  const { start, continuation } = options
  if ((start === undefined) === (continuation === undefined))
    throw invalid('multiline takes either `start` or `continuation`')
  return {
    regex: compile(start ?? continuation ?? '', definitions).regex,
    match: start === undefined ? 'continues' : 'starts',
    maxLines: bound(options.maxLines, 'maxLines', 500, 100_000),
    maxBytes: bound(options.maxBytes, 'maxBytes', 2 ** 20, 2 ** 23),
  }
}

/**
 * Declares log files by grok patterns, the pattern language of Logstash: `%{IP:client} %{WORD:method} %{NUMBER:bytes}`.
 *
 * A column is the capture of its name, or of the name in `from`; its text is read by its type. A capture that took no part or
 * is empty is NULL; of several with one name the first that is not counts. Every line is a record, or with `multiline`
 * several together are (joined by line feeds, which `.` matches). Patterns are tried in order, and the first that matches the
 * whole record decides; end one with `%{GREEDYDATA}` where the rest does not matter. A record that none matches, that lacks a
 * required value or has one that is not of its type is a reject with its line, offset and text.
 *
 * Patterns run in an engine whose time is linear in the record, so no line can hang a run; look-around and back references
 * are therefore refused, and `\w`, `\d`, `\s`, `\b` mean ASCII. The offset of a timestamp (`XXX`) may lack its colon.
 * Fails with `config.invalid` on a pattern that does not work, an unknown definition, a column that nothing captures.
 * Source: Logstash, grok filter plugin, with the definitions of logstash-patterns-core.
 */
export function grok<const C extends Columns>(path: string, options: GrokOptions<C>): TypedFilesSource<C> {
  const { definitions, columns } = options
  if (definitions !== undefined) checkNames(definitions)
  const patterns = typeof options.pattern === 'string' ? [options.pattern] : options.pattern
  if (patterns.length === 0) throw invalid(`${path}: grok needs at least one pattern`)
  const compiled = patterns.map((p) => compile(unanchored(p), definitions))
  checkColumns(path, columns, new Set(compiled.flatMap((p) => p.captures)))
  const format = {
    kind: 'grok',
    patterns: compiled.map(({ regex }): RecordPattern => ({ regex })),
    columns: sourceColumnsOf(columns),
    ...(options.multiline === undefined ? {} : { multiline: multilineOf(options.multiline, definitions) }),
  } as const
  return filesSource('grok', path, format, columns, options)
}
