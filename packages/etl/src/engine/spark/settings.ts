/** One pinned setting of a Spark session. */
export interface SparkSetting {
  readonly key: string
  readonly value: string
  /** Why the printed SQL needs it. */
  readonly reason: string
}

/**
 * The settings every Spark session of ours runs with, in the order they are set. All can be set in a running session of
 * Spark 3.5 and 4.1. The printed SQL means what the catalogue says under these settings only.
 */
export const sparkSettings: readonly SparkSetting[] = Object.freeze([
  {
    key: 'spark.sql.ansi.enabled',
    value: 'true',
    reason: 'overflow, bad casts and division by zero fail instead of giving NULL or a wrapped number',
  },
  {
    key: 'spark.sql.session.timeZone',
    value: 'UTC',
    reason: 'timestamps are UTC; no conversion depends on the place of the cluster',
  },
  {
    key: 'spark.sql.timestampType',
    value: 'TIMESTAMP_NTZ',
    reason: 'TIMESTAMP without more words has no zone, as everywhere in the plan',
  },
  {
    key: 'spark.sql.parquet.inferTimestampNTZ.enabled',
    value: 'true',
    reason: 'timestamps without zone in files are read as such',
  },
  {
    key: 'spark.sql.parquet.outputTimestampType',
    value: 'TIMESTAMP_MICROS',
    reason: 'files carry microseconds, never the old INT96',
  },
  {
    key: 'spark.sql.legacy.timeParserPolicy',
    value: 'CORRECTED',
    reason: 'formats are read by one parser that does not guess',
  },
  {
    key: 'spark.sql.decimalOperations.allowPrecisionLoss',
    value: 'false',
    reason: 'decimal results keep their digits after the point, or fail',
  },
  {
    key: 'spark.sql.parser.escapedStringLiterals',
    value: 'false',
    reason: 'a backslash escapes in text literals, as they are printed',
  },
  {
    key: 'spark.sql.variable.substitute',
    value: 'false',
    reason: 'a text that holds a dollar sign and braces stays as it is',
  },
  {
    key: 'spark.sql.caseSensitive',
    value: 'false',
    reason: 'names differ by more than case, as in the plan',
  },
  {
    key: 'spark.sql.storeAssignmentPolicy',
    value: 'ANSI',
    reason: 'writing fails for a value that does not fit',
  },
  {
    key: 'spark.sql.mapKeyDedupPolicy',
    value: 'EXCEPTION',
    reason: 'a map with a key twice is an error, not the last one',
  },
  {
    key: 'spark.sql.parquet.fieldId.read.enabled',
    value: 'true',
    reason: 'columns of lake files are matched by field id, so a renamed column is found',
  },
  {
    key: 'spark.sql.parquet.fieldId.read.ignoreMissing',
    value: 'true',
    reason: 'a file that lacks ids inside lists and maps, as Spark writes them, is read all the same',
  },
  {
    key: 'spark.sql.parquet.fieldId.write.enabled',
    value: 'true',
    reason: 'readers of the lake match columns by field id',
  },
  {
    key: 'spark.sql.parquet.datetimeRebaseModeInRead',
    value: 'CORRECTED',
    reason: 'dates before 1582 are read as they are',
  },
  {
    key: 'spark.sql.parquet.datetimeRebaseModeInWrite',
    value: 'CORRECTED',
    reason: 'dates before 1582 are written as they are',
  },
  {
    key: 'spark.sql.analyzer.maxIterations',
    value: '1000',
    reason: 'the analyser of 3.5 resolves functions of functions one level a pass, and gives up after 100',
  },
  {
    key: 'spark.sql.optimizer.excludedRules',
    value: 'org.apache.spark.sql.catalyst.optimizer.PushFoldableIntoBranches',
    reason: 'in 3.5 this rule can take a condition of a CASE for a value, and a value for a condition',
  },
])
