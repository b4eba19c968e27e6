import { EtlError } from '../base/errors.ts'
import type { SourceColumn } from '../plan/source.ts'
import type { Kind, LogicalType, Schema } from '../plan/type.ts'

/**
 * A declared column of a source: its type, whether it may be NULL, and how its text is read.
 *
 * `K` and `N` carry the type to TypeScript: `ColumnSpec<'int64', false>` is a required int64 column.
 */
export interface ColumnSpec<K extends Kind = Kind, N extends boolean = boolean> {
  readonly type: LogicalType & { readonly kind: K }
  readonly nullable: N
  /** The name in the source where it differs from the name in the table. */
  readonly from?: string
  readonly formats?: readonly string[]
  readonly nulls?: readonly string[]
  readonly trueValues?: readonly string[]
  readonly falseValues?: readonly string[]
}

/** Declared columns by table name, in order. */
export type Columns = Readonly<Record<string, ColumnSpec>>

/** An intersection written out: interfaces in it are no records of columns. */
export type Flat<T> = { readonly [N in keyof T]: T[N] }

/** The kinds of declared columns: `{ order_id: 'int64' }`. */
export type KindsOf<C extends Columns> = { readonly [N in keyof C]: C[N]['type']['kind'] }

/** The nullability of declared columns: `{ order_id: false }`. */
export type NullabilityOf<C extends Columns> = { readonly [N in keyof C]: C[N]['nullable'] }

/** What every column may say. `R` is true for a required column. */
export interface ColumnOptions<R extends boolean = boolean> {
  /** The name in the source (header, key, Parquet column). Default: the name in the table. */
  readonly from?: string
  /** A record whose value is missing or NULL is rejected. Default false. */
  readonly required?: R
  /** Texts that mean NULL in this column, on top of those of the dialect. Text formats only. */
  readonly nulls?: readonly string[]
}

/** Options of a column of dates or times of day with one layout, such as `dd/MM/yyyy`. */
export interface FormatOptions<R extends boolean = boolean> extends ColumnOptions<R> {
  /** The layout of the text. Default: ISO 8601. */
  readonly format?: string
  /** Several layouts, tried in order; the first that matches the whole text decides. */
  readonly formats?: readonly string[]
}

/** Options of a column of truth values. */
export interface BoolOptions<R extends boolean = boolean> extends ColumnOptions<R> {
  /** Texts that mean true, exactly as written. Default: those of `parse_bool`. Needs `falseValues`. */
  readonly trueValues?: readonly string[]
  /** Texts that mean false, exactly as written. Needs `trueValues`. */
  readonly falseValues?: readonly string[]
}

type Simple = Exclude<Kind, 'decimal' | 'list' | 'struct' | 'map'>

type Nullable<R extends boolean> = R extends true ? false : true

function spec<K extends Kind, R extends boolean>(
  type: LogicalType & { readonly kind: K },
  options: FormatOptions<R> & BoolOptions<R> = {},
): ColumnSpec<K, Nullable<R>> {
  const formats = options.formats ?? (options.format === undefined ? undefined : [options.format])
  if ((options.trueValues === undefined) !== (options.falseValues === undefined)) {
    throw new EtlError(
      'config.invalid',
      'a bool column declares trueValues and falseValues together or not at all',
    )
  }
  return Object.freeze({
    type,
    nullable: (options.required !== true) as Nullable<R>,
    ...(options.from === undefined ? {} : { from: options.from }),
    ...(formats === undefined ? {} : { formats }),
    ...(options.nulls === undefined ? {} : { nulls: options.nulls }),
    ...(options.trueValues === undefined ? {} : { trueValues: options.trueValues }),
    ...(options.falseValues === undefined ? {} : { falseValues: options.falseValues }),
  })
}

const simple = <K extends Simple>(kind: K): LogicalType & { readonly kind: K } =>
  ({ kind }) as LogicalType & { readonly kind: K }

/** A column of 8-bit integers. */
export function int8<R extends boolean = false>(options?: ColumnOptions<R>): ColumnSpec<'int8', Nullable<R>> {
  return spec(simple('int8'), options)
}

/** A column of 16-bit integers. */
export function int16<R extends boolean = false>(
  options?: ColumnOptions<R>,
): ColumnSpec<'int16', Nullable<R>> {
  return spec(simple('int16'), options)
}

/** A column of 32-bit integers. */
export function int32<R extends boolean = false>(
  options?: ColumnOptions<R>,
): ColumnSpec<'int32', Nullable<R>> {
  return spec(simple('int32'), options)
}

/** A column of 64-bit integers. */
export function int64<R extends boolean = false>(
  options?: ColumnOptions<R>,
): ColumnSpec<'int64', Nullable<R>> {
  return spec(simple('int64'), options)
}

/** A column of unsigned 64-bit integers. */
export function uint64<R extends boolean = false>(
  options?: ColumnOptions<R>,
): ColumnSpec<'uint64', Nullable<R>> {
  return spec(simple('uint64'), options)
}

/** A column of exact decimals: `precision` 1..38 significant digits, `scale` 0..precision of them after the point. */
export function decimal<R extends boolean = false>(
  precision: number,
  scale: number,
  options?: ColumnOptions<R>,
): ColumnSpec<'decimal', Nullable<R>> {
  const whole = Number.isInteger(precision) && Number.isInteger(scale)
  if (!whole || precision < 1 || precision > 38 || scale < 0 || scale > precision) {
    throw new EtlError(
      'config.invalid',
      `decimal(${precision}, ${scale}) is no type: precision is 1 to 38, scale 0 to precision`,
    )
  }
  return spec({ kind: 'decimal', precision, scale }, options)
}

/** A column of 64-bit floating-point numbers. */
export function float64<R extends boolean = false>(
  options?: ColumnOptions<R>,
): ColumnSpec<'float64', Nullable<R>> {
  return spec(simple('float64'), options)
}

/** A column of truth values. */
export function bool<R extends boolean = false>(options?: BoolOptions<R>): ColumnSpec<'bool', Nullable<R>> {
  return spec(simple('bool'), options)
}

/** A column of Unicode text, kept exactly as written. */
export function text<R extends boolean = false>(options?: ColumnOptions<R>): ColumnSpec<'text', Nullable<R>> {
  return spec(simple('text'), options)
}

/** A column of bytes. Formats of text have none; JSON holds them as base64. */
export function bytes<R extends boolean = false>(
  options?: ColumnOptions<R>,
): ColumnSpec<'bytes', Nullable<R>> {
  return spec(simple('bytes'), options)
}

/** A column of calendar dates. */
export function date<R extends boolean = false>(options?: FormatOptions<R>): ColumnSpec<'date', Nullable<R>> {
  return spec(simple('date'), options)
}

/** A column of times of day, microseconds. */
export function time<R extends boolean = false>(options?: FormatOptions<R>): ColumnSpec<'time', Nullable<R>> {
  return spec(simple('time'), options)
}

/** A column of moments in UTC, microseconds. */
export function timestamp<R extends boolean = false>(
  options?: FormatOptions<R>,
): ColumnSpec<'timestamp', Nullable<R>> {
  return spec(simple('timestamp'), options)
}

/** A column of UUIDs. */
export function uuid<R extends boolean = false>(options?: ColumnOptions<R>): ColumnSpec<'uuid', Nullable<R>> {
  return spec(simple('uuid'), options)
}

/** A column of JSON documents, kept as their text. */
export function json<R extends boolean = false>(options?: ColumnOptions<R>): ColumnSpec<'json', Nullable<R>> {
  return spec(simple('json'), options)
}

/** A column of lists. */
export function list<R extends boolean = false>(
  element: ColumnSpec,
  options?: ColumnOptions<R>,
): ColumnSpec<'list', Nullable<R>> {
  return spec({ kind: 'list', element: element.type }, options)
}

/** A column of records with named members. */
export function struct<R extends boolean = false>(
  members: Columns,
  options?: ColumnOptions<R>,
): ColumnSpec<'struct', Nullable<R>> {
  return spec({ kind: 'struct', fields: schemaOf(members) }, options)
}

/** A column of maps. */
export function map<R extends boolean = false>(
  key: ColumnSpec,
  value: ColumnSpec,
  options?: ColumnOptions<R>,
): ColumnSpec<'map', Nullable<R>> {
  return spec({ kind: 'map', key: key.type, value: value.type }, options)
}

/** The schema of declared columns. Fails with `config.invalid` on none, or on names equal without regard to case. */
export function schemaOf(columns: Columns): Schema {
  const seen = new Map<string, string>()
  const fields = Object.entries(columns).map(([name, column]) => {
    const twin = seen.get(name.toLowerCase())
    if (twin !== undefined) {
      throw new EtlError(
        'config.invalid',
        `the columns "${twin}" and "${name}" differ only in case; rename one`,
      )
    }
    seen.set(name.toLowerCase(), name)
    return { name, type: column.type, nullable: column.nullable }
  })
  if (fields.length === 0) throw new EtlError('config.invalid', 'a source declares at least one column')
  return fields
}

/** How the declared columns are read: one entry per column of `schemaOf`, in the same order. */
export function sourceColumnsOf(columns: Columns): readonly SourceColumn[] {
  return Object.entries(columns).map(([name, column]) => ({
    name,
    from: column.from ?? name,
    ...(column.formats === undefined ? {} : { formats: column.formats }),
    ...(column.nulls === undefined ? {} : { nulls: column.nulls }),
    ...(column.trueValues === undefined ? {} : { trueValues: column.trueValues }),
    ...(column.falseValues === undefined ? {} : { falseValues: column.falseValues }),
  }))
}
