import { type ColumnSpec, int32, int64, text, timestamp } from './column.ts'
import { type FilesOptions, filesSource, type TypedFilesSource } from './files.ts'

/** The columns of every access log. */
export interface AccessLogColumns extends Readonly<Record<string, ColumnSpec>> {
  readonly client_ip: ColumnSpec<'text', false>
  readonly identity: ColumnSpec<'text', true>
  readonly user_name: ColumnSpec<'text', true>
  readonly requested_at: ColumnSpec<'timestamp', false>
  readonly method: ColumnSpec<'text', true>
  readonly path: ColumnSpec<'text', true>
  readonly protocol: ColumnSpec<'text', true>
  readonly status: ColumnSpec<'int32', false>
  readonly bytes: ColumnSpec<'int64', true>
  readonly referrer: ColumnSpec<'text', true>
  readonly user_agent: ColumnSpec<'text', true>
}

/** What a line of an access log says, in its order. */
export const accessLogColumns: AccessLogColumns = {
  client_ip: text({ required: true }),
  identity: text(),
  user_name: text(),
  requested_at: timestamp({ required: true }),
  method: text(),
  path: text(),
  protocol: text(),
  status: int32({ required: true }),
  bytes: int64(),
  referrer: text(),
  user_agent: text(),
}

export interface AccessLogOptions extends FilesOptions {
  /** `combined` (default) has referrer and user agent; in `common` logs they are NULL. */
  readonly layout?: 'combined' | 'common'
}

/**
 * Declares web server access logs in the common or combined format of Apache and nginx.
 *
 * `requested_at` is UTC with the offset applied; `-` is NULL; a request that is not `METHOD path [protocol]` is kept as
 * `path`. Lines in another form are rejects with their number and text.
 * Source: Apache HTTP Server 2.4, mod_log_config, "Common Log Format" and "Combined Log Format".
 */
export function accessLog(path: string, options: AccessLogOptions = {}): TypedFilesSource<AccessLogColumns> {
  const format = { kind: 'access-log', layout: options.layout ?? 'combined' } as const
  return filesSource('access-log', path, format, accessLogColumns, options)
}
