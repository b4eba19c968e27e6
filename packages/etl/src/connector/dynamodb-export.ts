import path from 'node:path'
import { EtlError } from '../base/errors.ts'
import { isS3, parseAddress } from '../store/address.ts'
import { type Columns, schemaOf } from './column.ts'
import {
  itemColumns,
  type ChangeMode,
  type ItemColumns,
  type ItemOptions,
  type TypedItemSource,
} from './dynamodb.ts'
import { itemFormat, type ItemReads } from './dynamodb/item-format.ts'

/** Where exports lie. */
export interface DynamodbExportPlace {
  /**
   * The folder `AWSDynamoDB` that exports are written into, with one folder for each export in it and the data where the
   * manifests say: `s3://bucket/prefix/AWSDynamoDB`, or the absolute path of a copy.
   */
  readonly folder: string
}

export interface DynamodbExportOptions<
  C extends Columns,
  R extends string,
  H extends 'snapshot',
> extends ItemOptions<C, R, H> {
  /** The ARN of the table, where the folder has exports of several. */
  readonly tableArn?: string
}

/** What a source of this connector reads; part of the table's definition. */
export interface DynamodbExportReads extends ItemReads {
  readonly tableArn?: string
  readonly changes?: ChangeMode
}

/**
 * Declares the point-in-time exports of a DynamoDB table (DYNAMODB_JSON or Ion) as a source; items become rows as those of
 * `dynamodb` do. Nothing is asked of DynamoDB, and no read units are consumed.
 *
 * Without `changes` the newest full export is the table; a newer one replaces it. With `changes: 'snapshot'` the first run
 * reads the newest full export and the incremental ones that follow it, each later run the incremental ones that follow what
 * was read. An incremental export has the last change of each item in its time, so `change_operation` is `insert`, `modify` or
 * `remove` from its beginning to its end, as far as its view has the old items (else `modify` stands for both).
 * `change_sequence` is the time of the write in microseconds.
 *
 * The counts and checksums of the manifests are verified: a file that is missing, cut off or changed fails the run with
 * `source.corrupt`. Data files in S3 are copied to this machine one at a time; Ion needs the package ion-js.
 *
 * Fails with `config.invalid` on a folder that is neither absolute nor in S3.
 */
export function dynamodbExport<
  const C extends Columns,
  const R extends string = never,
  const H extends 'snapshot' = never,
>(
  place: DynamodbExportPlace,
  options: DynamodbExportOptions<C, R, H>,
): TypedItemSource<ItemColumns<C, R, H>> {
  const { tableArn, rest, changes, maxRejected } = options
  if (isS3(place.folder)) parseAddress(place.folder)
  else if (!path.isAbsolute(place.folder))
    throw new EtlError(
      'config.invalid',
      `the folder of exports is an absolute path or s3://bucket/…, not "${place.folder}"`,
    )
  const columns = itemColumns(options)
  const { format, attributes } = itemFormat(options.columns, columns)
  const reads: DynamodbExportReads = {
    attributes,
    ...(tableArn === undefined ? {} : { tableArn }),
    ...(rest === undefined ? {} : { rest }),
    ...(changes === undefined ? {} : { changes }),
  }
  return Object.freeze({
    kind: 'remote',
    connector: 'dynamodb-export',
    connection: { ...place },
    reads: { ...reads },
    format,
    schema: schemaOf(columns as Columns),
    columns,
    ...(changes === undefined ? {} : { ascending: 'change_sequence' }),
    ...(maxRejected === undefined ? {} : { maxRejected }),
  })
}
