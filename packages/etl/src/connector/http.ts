import { EtlError } from '../base/errors.ts'
import type { FileFormat } from '../plan/source.ts'
import { type Columns, schemaOf, sourceColumnsOf } from './column.ts'
import type { RemoteSource } from './contract.ts'
import type { HttpApi } from './http-api.ts'
import { memberPath, rowsPath, valuePath } from './http/json-path.ts'
import { pathTree } from './http/path-tree.ts'

/**
 * How the next page is asked for. `more` is the path of a truth value that is false on the last page. `size` records are
 * asked for by the parameter `sizeParam`.
 */
export type HttpPagination =
  /** Numbered pages, from `first` (default 1) up to an empty one. */
  | ({ readonly by: 'page'; readonly param: string; readonly first?: number } & HttpCounted)
  /** A number of records to skip, up to an empty page. */
  | ({ readonly by: 'offset'; readonly param: string } & HttpCounted)
  /** The value at the path `next` is sent as the parameter, until there is none. */
  | ({ readonly by: 'cursor'; readonly param: string; readonly next: string } & HttpSized)
  /** The URL at the path `next`, until there is none. */
  | ({ readonly by: 'next-url'; readonly next: string } & HttpSized)
  /** The URL in the header `Link` with `rel="next"` (RFC 8288), until there is none. */
  | ({ readonly by: 'link' } & HttpSized)

interface HttpSized {
  readonly size?: number
  readonly sizeParam?: string
  readonly more?: string
}

interface HttpCounted extends HttpSized {
  /** Path of the number of all records. When it sinks while pages are read, the reading begins anew. */
  readonly total?: string
}

/** How only what is new is asked for. */
export interface HttpIncremental {
  /** A column that grows with every insert and update. */
  readonly cursor: string
  /** The parameter that takes a lower bound for it. */
  readonly param: string
  /** How a time is written: `2024-01-31T10:00:00Z` (default), `2024-01-31`, or a number since 1970. */
  readonly format?: 'iso' | 'date' | 'unix-seconds' | 'unix-milliseconds'
  /** Sent by the first fetch. Default: it sends none, and everything is read. */
  readonly initial?: string
}

/** What a source of this connector reads; part of the table's definition. */
export interface HttpReads {
  readonly path: string
  readonly params: Readonly<Record<string, string>>
  readonly rows: string
  readonly nullRows: 'fail' | 'none'
  readonly paginate?: HttpPagination
  readonly incremental?: HttpIncremental
  readonly key?: readonly string[]
}

export interface HttpOptions<C extends Columns> {
  /** Below the URL of the API. */
  readonly path: string
  readonly params?: Readonly<Record<string, string>>
  /**
   * Where the records stand: `$.data[*]`, `$[*]`, `$` for the whole document, `$.orders[*].items[*]` for the rows of a
   * nested table.
   */
  readonly rows: string
  /**
   * The declared columns. `from` is the name of a member of the record, a path in it such as `$.customer.id`, or one in what
   * the record stands in: `^.id` in the element around it (for `$.orders[*].items[*]` the order), `^^.id` one further out.
   */
  readonly columns: C
  /** Default: there is one page. */
  readonly paginate?: HttpPagination
  /** Default: everything is read by every run, and published anew if it differs. */
  readonly incremental?: HttpIncremental & { readonly cursor: keyof C & string }
  /**
   * How far below the greatest cursor rows may still appear or change: milliseconds for times, a count for numbers. Default
   * ten minutes, or 1000. For times it counts from the beginning of a fetch; a count must also cover what is added while one
   * runs. Rows in it are read again and compared, never doubled.
   */
  readonly lag?: number
  /**
   * The columns that identify a record. With it, records that are equal in all declared columns are one, when a page is
   * repeated or records move to a later page while pages are read. Without, equal records are different ones.
   */
  readonly key?: (keyof C & string) | readonly (keyof C & string)[]
  /** What `null` in the place of the array of records means: a failure (default), or no records. */
  readonly nullRows?: 'fail' | 'none'
  /** Stops a run before it publishes: a count (>= 1) or a share of the records read (< 1). Default: no limit. */
  readonly maxRejected?: number
}

/** A source over HTTP that remembers its declared columns, so that builders know their names and types. */
export interface TypedHttpSource<C extends Columns> extends RemoteSource {
  readonly columns: C
}

const cursorKinds = ['int8', 'int16', 'int32', 'int64', 'uint64', 'decimal', 'date', 'timestamp']

/**
 * Declares records of an HTTP API as a source: answers to GET in JSON, page by page.
 *
 * Records are staged as the bytes that the service sent, and read as `ndjson` reads them: all digits of numbers are kept, a
 * record that does not fit is a reject. A page counts once it has arrived completely; until then it is asked for again after
 * answers of 408, 429 and 5xx (waiting as `Retry-After` says), time-outs and broken connections. What is no page (an error
 * with status 200, a login page, no array where `rows` says) refuses the run, and so do a cursor that comes twice, the same
 * page twice, 1000 empty pages in succession, and a next page on another host.
 *
 * With `incremental`, a run asks for what the cursor says is new; records that changed are appended. What the service adds
 * later than `lag` with an older cursor is missed, as are deletions. Pages by number or offset lose records where others are
 * deleted while they are read, unless `total` tells of it; cursors do not.
 *
 * Fails with `config.invalid` on paths, columns or parameters that cannot be.
 */
export function http<const C extends Columns>(api: HttpApi, options: HttpOptions<C>): TypedHttpSource<C> {
  const { columns, maxRejected, lag, incremental } = options
  const reads = readsOf(options)
  const format = formatOf(columns)
  assertPaths(reads, format)
  if (incremental !== undefined) assertCursor(options.path, columns, incremental)
  if (lag !== undefined && !(lag >= 0 && Number.isSafeInteger(lag)))
    throw new EtlError('config.invalid', `lag is a whole number of milliseconds or units, not ${lag}`)
  return Object.freeze({
    kind: 'remote',
    connector: 'http',
    connection: { ...api, ...(lag === undefined ? {} : { lag }) },
    reads: { ...reads },
    format,
    schema: schemaOf(columns),
    columns,
    ...(maxRejected === undefined ? {} : { maxRejected }),
  })
}

const formatOf = (columns: Columns): FileFormat => ({
  kind: 'json',
  layout: 'lines',
  columns: sourceColumnsOf(columns),
})

function readsOf<C extends Columns>(options: HttpOptions<C>): HttpReads {
  const { path, params = {}, rows, nullRows = 'fail', paginate, incremental, key, columns } = options
  if (/^[a-z][a-z0-9+.-]*:|^\/\/|[?#\\]|(^|\/)\.{1,2}(\/|$)/i.test(path))
    throw new EtlError('config.invalid', `"${path}" is no path below the URL of an API`, {
      hint: 'Parameters go to `params`.',
    })
  const keys = typeof key === 'string' ? [key] : key
  const missing = keys?.find((k) => columns[k] === undefined)
  if (missing !== undefined || keys?.length === 0)
    throw new EtlError('config.invalid', `the key "${missing ?? ''}" of ${path} is no declared column`)
  const taken = [
    ...Object.keys(params),
    ...(paginate !== undefined && 'param' in paginate ? [paginate.param] : []),
    ...(paginate?.sizeParam === undefined ? [] : [paginate.sizeParam]),
    ...(incremental === undefined ? [] : [incremental.param]),
  ]
  const twice = taken.find((name, i) => taken.indexOf(name) !== i)
  if (twice !== undefined)
    throw new EtlError('config.invalid', `the parameter "${twice}" of ${path} is declared twice`)
  return {
    path,
    params,
    rows,
    nullRows,
    ...(paginate === undefined ? {} : { paginate }),
    ...(incremental === undefined ? {} : { incremental }),
    ...(keys === undefined ? {} : { key: keys }),
  }
}

/** Every path parses, and sizes are such. */
function assertPaths({ rows, paginate }: HttpReads, format: FileFormat): void {
  const at = rowsPath(rows)
  const columns = 'columns' in format ? format.columns : []
  const outer = columns.map(({ from }) => memberPath(from, at)).filter(({ out }) => out > 0)
  const { more, next, total }: Partial<Record<'more' | 'next' | 'total', string>> = paginate ?? {}
  const values = Object.entries({ more, next, total }).flatMap(([name, path]) =>
    path === undefined ? [] : [[name, valuePath(path)] as const],
  )
  pathTree({ rows: at, outer, values: new Map(values) })
  if (paginate === undefined) return
  const { size, sizeParam } = paginate
  if ((size === undefined) !== (sizeParam === undefined))
    throw new EtlError('config.invalid', 'size and sizeParam are declared together or not at all')
  if (size !== undefined && !(Number.isSafeInteger(size) && size > 0))
    throw new EtlError('config.invalid', `size is a whole number from 1, not ${size}`)
}

function assertCursor(path: string, columns: Columns, incremental: HttpIncremental): void {
  const { cursor, format = 'iso' } = incremental
  const column = columns[cursor]
  if (column === undefined)
    throw new EtlError('config.invalid', `the cursor "${cursor}" of ${path} is no declared column`)
  const { kind } = column.type
  if (!cursorKinds.includes(kind))
    throw new EtlError(
      'config.invalid',
      `the cursor "${cursor}" of ${path} is ${kind}, without a dependable order`,
      {
        hint: `A cursor is one of ${cursorKinds.join(', ')}.`,
      },
    )
  if (column.formats !== undefined || column.nulls !== undefined)
    throw new EtlError(
      'config.invalid',
      `the cursor "${cursor}" of ${path} has formats or nulls of its own`,
      {
        hint: 'A cursor is read as ISO 8601.',
      },
    )
  if (format !== 'iso' && kind !== 'timestamp' && kind !== 'date')
    throw new EtlError(
      'config.invalid',
      `the cursor "${cursor}" of ${path} is no time to be written as ${format}`,
    )
}
