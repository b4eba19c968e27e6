import { EtlError } from '../base/errors.ts'
import type { SecretReference } from '../base/secret.ts'
import { type Columns, type ColumnSpec, json, schemaOf, type Flat, text, timestamp } from './column.ts'
import type { RemoteSource } from './contract.ts'
import { itemFormat, type ItemReads } from './dynamodb/item-format.ts'

/** Where DynamoDB is, and who asks. */
export interface DynamodbPlace {
  readonly region: string
  /** Address of an emulator or a private endpoint: `http://localhost:8000`. Default: the region's own. */
  readonly endpoint?: string
  /** Default: what the AWS SDK finds (environment, shared configuration, role of the machine). */
  readonly credentials?: {
    readonly accessKeyId: SecretReference
    readonly secretAccessKey: SecretReference
    readonly sessionToken?: SecretReference
  }
  /**
   * How often a request that is throttled or fails in passing is made before the run ends with it: 1 or more, default 10.
   * The SDK waits longer each time, by chance, up to 20 s.
   */
  readonly attempts?: number
}

/** Options that say which rows and columns items become. */
export interface ItemOptions<C extends Columns, R extends string, H extends ChangeMode> {
  readonly columns: C
  /**
   * A column of type json for all attributes that have no column of their own; NULL where there are none. Without: they are
   * left out, and a warning names and counts them.
   */
  readonly rest?: R
  /**
   * What happened to items, one row for each change, with the columns `change_operation` (`insert`, `modify`, `remove`;
   * `snapshot` for items that were there at the beginning), `change_at` and `change_sequence`. For one key the texts of
   * `change_sequence` ascend in the order of its changes. `snapshot` begins with all items that are there, `history` with
   * the oldest change that is still kept. Without: every run reads the items as they are, and publishes them anew
   * if they differ.
   */
  readonly changes?: H
  /** Stops a run before it publishes: a count (>= 1) or a share of the records read (< 1). Default: no limit. */
  readonly maxRejected?: number
}

export type ChangeMode = 'snapshot' | 'history'

export interface DynamodbOptions<
  C extends Columns,
  R extends string,
  H extends ChangeMode,
> extends ItemOptions<C, R, H> {
  readonly table: string
  /** Reads the newest state of each item, at twice the read units. Default false: up to a second old or so. */
  readonly consistent?: boolean
  /** How many parts of the table are read at the same time, 1 to 1000; default 4. */
  readonly segments?: number
  /** Read units that a run consumes in a second on average. Default: no limit. */
  readonly readUnitsPerSecond?: number
}

/** The columns of a change, in the order in which they follow the declared ones. */
export interface ChangeColumns {
  readonly change_operation: ColumnSpec<'text', false>
  readonly change_at: ColumnSpec<'timestamp', true>
  readonly change_sequence: ColumnSpec<'text', false>
}

/** The columns that items become. */
export type ItemColumns<C extends Columns, R extends string, H extends ChangeMode> = Flat<
  C &
    ([R] extends [never] ? unknown : { readonly [N in R]: ColumnSpec<'json', true> }) &
    ([H] extends [never] ? unknown : ChangeColumns)
>

/** A source of DynamoDB items that remembers its columns, so that builders know their names and types. */
export interface TypedItemSource<C extends Columns> extends RemoteSource {
  readonly columns: C
}

/** What a source of this connector reads; part of the table's definition. */
export interface DynamodbReads extends ItemReads {
  readonly table: string
  readonly changes?: ChangeMode
}

/** How a source is asked; not part of what its rows are. */
export interface DynamodbConnection extends DynamodbPlace {
  readonly consistent: boolean
  readonly segments: number
  readonly readUnitsPerSecond?: number
}

/** All columns of a source, checked. Fails with `config.invalid` on a name that is taken. */
export function itemColumns<C extends Columns, R extends string, H extends ChangeMode>({
  columns,
  rest,
  changes,
}: ItemOptions<C, R, H>): ItemColumns<C, R, H> {
  const more: Record<string, ColumnSpec> = {
    ...(rest === undefined ? {} : { [rest]: json() }),
    ...(changes === undefined
      ? {}
      : {
          change_operation: text({ required: true }),
          change_at: timestamp(),
          change_sequence: text({ required: true }),
        }),
  }
  const taken = Object.keys(columns).find((name) => Object.hasOwn(more, name))
  if (taken !== undefined)
    throw new EtlError('config.invalid', `the column "${taken}" is declared, and made by the source`, {
      hint: "Give the column another name, with { from: 'attribute' }.",
    })
  return { ...columns, ...more } as ItemColumns<C, R, H>
}

function checkLimits(
  { attempts = 10 }: DynamodbPlace,
  segments: number,
  readUnitsPerSecond: number | undefined,
): void {
  if (!Number.isInteger(attempts) || attempts < 1)
    throw new EtlError('config.invalid', `attempts is a whole number above 0, not ${attempts}`)
  if (!Number.isInteger(segments) || segments < 1 || segments > 1000)
    throw new EtlError('config.invalid', `segments is a whole number of 1 to 1000, not ${segments}`)
  if (readUnitsPerSecond !== undefined && !(readUnitsPerSecond > 0 && Number.isFinite(readUnitsPerSecond)))
    throw new EtlError('config.invalid', `readUnitsPerSecond is above 0, not ${readUnitsPerSecond}`)
}

/**
 * Declares a DynamoDB table as a source.
 *
 * Without `changes` every run reads the whole table by a parallel scan; items that change meanwhile are read in their old or
 * their new state. With `changes` the first run reads what its mode says, and each later one the changes that DynamoDB
 * Streams keeps (24 hours), in order for each key; the stream must be on. `snapshot` takes its place in the stream before it
 * scans, so no change is missing; one that happened during the scan may be in both, and comes after its snapshot row. A
 * change of the last minute may wait for the next run. Of one key the row with the greatest `change_sequence` is the newest.
 * Changes that are no longer kept fail the run with `source.position-lost`; a `history` that is built anew begins with what is.
 *
 * Values arrive exactly: numbers with all 38 digits, never by way of a JavaScript number. A column takes the attribute of
 * its name (or `from`) in the type that belongs to it: N for numbers, S for text, dates, times and uuids, B for bytes, BOOL,
 * L and sets for lists, M for structs and maps, anything for json. NULL and a missing attribute are NULL. Anything else
 * makes the item a reject, which shows the value with its DynamoDB type. In JSON, sets are arrays and B is base64.
 *
 * Needs the packages `@aws-sdk/client-dynamodb` and, for `changes`, `@aws-sdk/client-dynamodb-streams`. Fails with
 * `config.invalid` on a name that is declared twice and on limits that are none.
 */
export function dynamodb<
  const C extends Columns,
  const R extends string = never,
  const H extends ChangeMode = never,
>(place: DynamodbPlace, options: DynamodbOptions<C, R, H>): TypedItemSource<ItemColumns<C, R, H>> {
  const { table, rest, changes, consistent = false, segments = 4, readUnitsPerSecond, maxRejected } = options
  checkLimits(place, segments, readUnitsPerSecond)
  const columns = itemColumns(options)
  const { format, attributes } = itemFormat(options.columns, columns)
  const reads: DynamodbReads = {
    table,
    attributes,
    ...(rest === undefined ? {} : { rest }),
    ...(changes === undefined ? {} : { changes }),
  }
  const connection: DynamodbConnection = {
    ...place,
    consistent,
    segments,
    ...(readUnitsPerSecond === undefined ? {} : { readUnitsPerSecond }),
  }
  return Object.freeze({
    kind: 'remote',
    connector: 'dynamodb',
    connection: { ...connection },
    reads: { ...reads },
    format,
    schema: schemaOf(columns as Columns),
    columns,
    ...(maxRejected === undefined ? {} : { maxRejected }),
  })
}
