import { accessLog } from './access-log.ts'
import { csv } from './csv.ts'
import { dynamodbExport } from './dynamodb-export.ts'
import { dynamodb } from './dynamodb.ts'
import { jsonArray, ndjson } from './json.ts'
import { parquet } from './parquet.ts'

/** One option of a connector as its reference page shows it. */
export interface ConnectorOption {
  readonly name: string
  readonly summary: string
  readonly required?: true
}

/** What a connector says of itself. */
export interface ConnectorInfo {
  /** The function that declares a source. */
  readonly name: string
  readonly summary: string
  readonly declare: (place: never, options: never) => unknown
  readonly options: readonly ConnectorOption[]
}

const files: readonly ConnectorOption[] = [
  {
    name: 'onChangedFile',
    summary:
      "What a file with other content than before means: 'fail' (default), 'reload' or 'append-as-new'.",
  },
  {
    name: 'maxRejected',
    summary: 'Stops a run before it publishes: a count (>= 1) or a share of the records read (< 1).',
  },
]
const columns: ConnectorOption = {
  name: 'columns',
  summary: 'The declared columns with their types, by name.',
  required: true,
}

const items: readonly ConnectorOption[] = [
  {
    ...columns,
    summary:
      'The declared columns with their types, by name; `from` names another attribute. A value of another DynamoDB type makes its item a reject.',
  },
  {
    name: 'rest',
    summary:
      'A column of type json for all attributes without a column. Without: they are left out, and the run warns of them.',
  },
  {
    name: 'maxRejected',
    summary: 'Stops a run before it publishes: a count (>= 1) or a share of the records read (< 1).',
  },
]

/** Every connector, in the order of the reference pages. */
export const connectors: readonly ConnectorInfo[] = [
  {
    name: 'csv',
    summary: 'Read delimited text files.',
    declare: csv,
    options: [
      {
        ...columns,
        summary:
          'The declared columns with their types, by name. Other columns of a header are ignored; the run warns of them.',
      },
      { name: 'dialect', summary: 'How the files differ from RFC 4180 with a header in UTF-8.' },
      ...files,
    ],
  },
  {
    name: 'ndjson',
    summary: 'Read files of one JSON object per line.',
    declare: ndjson,
    options: [columns, ...files],
  },
  {
    name: 'jsonArray',
    summary: 'Read files that hold one JSON array of objects each.',
    declare: jsonArray,
    options: [columns, ...files],
  },
  { name: 'parquet', summary: 'Read Parquet files.', declare: parquet, options: [columns, ...files] },
  {
    name: 'accessLog',
    summary: 'Read web server logs in the common or combined format.',
    declare: accessLog,
    options: [
      { name: 'layout', summary: "'combined' (default) has referrer and user agent; 'common' has not." },
      ...files,
    ],
  },
  {
    name: 'dynamodb',
    summary: 'Read a DynamoDB table: whole by a parallel scan, or its changes by DynamoDB Streams.',
    declare: dynamodb,
    options: [
      { name: 'table', summary: 'The name of the table.', required: true },
      ...items,
      {
        name: 'changes',
        summary:
          "Read changes, one row for each: 'snapshot' begins with all items, 'history' with the oldest change that the stream keeps. Without: every run reads the whole table.",
      },
      { name: 'consistent', summary: 'Read the newest state of each item, at twice the read units.' },
      { name: 'segments', summary: 'How many parts of the table are read at the same time; default 4.' },
      { name: 'readUnitsPerSecond', summary: 'Read units that a scan consumes in a second on average.' },
    ],
  },
  {
    name: 'dynamodbExport',
    summary: 'Read point-in-time exports of a DynamoDB table from a folder, full and incremental.',
    declare: dynamodbExport,
    options: [
      ...items,
      {
        name: 'changes',
        summary:
          "'snapshot' reads the newest full export and then incremental ones, one row for each change. Without: the newest full export is the table.",
      },
      { name: 'tableArn', summary: 'The table that is meant, where the folder has exports of several.' },
    ],
  },
]
