import type { Schema } from './type.ts'

/** A file as the run resolved it. Sizes in bytes, times in milliseconds since the epoch. */
export interface ResolvedFile {
  /** Absolute path on this machine, or `s3://bucket/key` until it is staged. */
  readonly path: string
  readonly size: number
  readonly mtimeMs: number
  /** The ETag of an object as it was listed. */
  readonly etag?: string
  /** What `path` is a copy of, such as `s3://bucket/key`: rejects and messages name it. */
  readonly origin?: string
}

/** How the records of a delimited text file are written. Never guessed in a run: declared, or pasted from `infer`. */
export interface CsvDialect {
  readonly delimiter: string
  readonly quote: string | null
  readonly escape: string | null
  /** Lines before the header (or before the data, without a header) that are not data. */
  readonly skipLines: number
  readonly header: boolean
  /** WHATWG label: `utf-8`, `utf-16le`, `utf-16be`, `latin1`, `windows-1252`, `shift_jis`. */
  readonly encoding: string
  /** Unquoted texts that mean NULL. The empty unquoted field is NULL iff `''` is in the list. */
  readonly nulls: readonly string[]
  readonly comment: string | null
  /** Whether white space around unquoted fields is dropped. */
  readonly trim: boolean
}

/** How one source column is read. */
export interface SourceColumn {
  /** The name in the table. */
  readonly name: string
  /** The name in the source (header, key, Parquet column); equals `name` unless renamed. */
  readonly from: string
  /** Layouts of dates, times and timestamps, tried in order; absent: ISO 8601. */
  readonly formats?: readonly string[]
  /** Texts that mean NULL in this column, on top of those of the dialect. */
  readonly nulls?: readonly string[]
  /** Texts that mean true and false, exactly as written; both or neither. Absent: those of `parse_bool`. */
  readonly trueValues?: readonly string[]
  readonly falseValues?: readonly string[]
}

/** A regular expression of a whole log record, in the subset without backtracking. */
export interface RecordPattern {
  /** With one named group for each capture; names may occur more than once. */
  readonly regex: string
}

/** How lines become records: each line that begins one, and the lines that follow it. */
export interface Multiline {
  /** A regular expression that is looked for in every line. */
  readonly regex: string
  /** What a line with a match does: begin a record, or belong to the one before. */
  readonly match: 'starts' | 'continues'
  /** Bounds of a record; one that would be longer is a reject, cut there. */
  readonly maxLines: number
  readonly maxBytes: number
}

/** The format of a set of files, as pure data that engines can read. */
export type FileFormat =
  | { readonly kind: 'csv'; readonly dialect: CsvDialect; readonly columns: readonly SourceColumn[] }
  | { readonly kind: 'json'; readonly layout: 'lines' | 'array'; readonly columns: readonly SourceColumn[] }
  | { readonly kind: 'parquet'; readonly columns: readonly SourceColumn[] }
  /** Databases in the MaxMind DB format: a row per network, with columns of its record by path. */
  | { readonly kind: 'mmdb'; readonly columns: readonly SourceColumn[] }
  | { readonly kind: 'access-log'; readonly layout: 'combined' | 'common' }
  | {
      readonly kind: 'grok'
      /** Tried in order; the first that matches the whole record decides. */
      readonly patterns: readonly RecordPattern[]
      readonly columns: readonly SourceColumn[]
      readonly multiline?: Multiline
    }

/**
 * A resolved set of source files to be read as one relation with a declared schema.
 *
 * Each record is either a row of `schema` or a reject; nothing is dropped and no value is silently nulled.
 */
export interface FileScan {
  readonly format: FileFormat
  readonly schema: Schema
  readonly files: readonly ResolvedFile[]
}
