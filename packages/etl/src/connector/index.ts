import { accessLog } from './access-log.ts'
import { csv } from './csv.ts'
import { grok } from './grok.ts'
import { dynamodbExport } from './dynamodb-export.ts'
import { dynamodb } from './dynamodb.ts'
import { jsonArray, ndjson } from './json.ts'
import { mysql } from './mysql.ts'
import { mmdb } from './mmdb.ts'
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
  /** What stands before the options: `path` of files (default), or the function that names a service. */
  readonly place?: string
  readonly options: readonly ConnectorOption[]
}

const rejected: ConnectorOption = {
  name: 'maxRejected',
  summary: 'Stops a run before it publishes: a count (>= 1) or a share of the records read (< 1).',
}
const files: readonly ConnectorOption[] = [
  {
    name: 'onChangedFile',
    summary:
      "What a file with other content than before means: 'fail' (default), 'reload' or 'append-as-new'.",
  },
  rejected,
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
    name: 'mmdb',
    summary: 'Read databases of IP networks in the MaxMind DB format: a row per network.',
    declare: mmdb,
    options: [
      {
        ...columns,
        summary:
          'The declared columns with their types, by name: `from` is a member of the record or a path such as `$.country.iso_code`. They follow `network`, `prefix`, `first_key` and `last_key`.',
      },
      ...files,
    ],
  },
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
    name: 'mysql',
    summary:
      'Read a table of MySQL or MariaDB: the whole of it, or what is beyond a cursor, as of one consistent snapshot.',
    declare: mysql,
    place: 'mysqlServer({ host, port, user, password: secret(…), database, tls })',
    options: [
      { name: 'table', summary: 'The name of the table, in its own case.', required: true },
      columns,
      {
        name: 'cursor',
        summary:
          'A column that grows with every insert and update. Without it the whole table is read by every run and replaces what was published; with it, rows that are new or changed are appended.',
      },
      {
        name: 'lag',
        summary:
          'How far below what was read rows may still appear for other reasons than open transactions: milliseconds for times, a count for numbers. Default: ten seconds for times and 0 for numbers; ten minutes and 10,000 where the account may not see transactions (right PROCESS).',
      },
      {
        name: 'readAt',
        summary: 'Adds a timestamp column of this name: when, by the clock of the server, the row was read.',
      },
      {
        name: 'zeroDates',
        summary:
          "What `0000-00-00` and dates with a zero month or day mean: 'reject' (default) or 'null', which is told as a warning.",
      },
      rejected,
    ],
  },
  {
    name: 'grok',
    summary: 'Read any other log by grok patterns, the pattern language of Logstash.',
    declare: grok,
    options: [
      {
        name: 'pattern',
        summary:
          'A grok pattern, or several that are tried in order; the first that matches the whole record decides.',
        required: true,
      },
      { ...columns, summary: 'The declared columns with their types, by the name of the capture.' },
      { name: 'definitions', summary: 'Definitions beside those of the library, by name.' },
      {
        name: 'multiline',
        summary:
          'How several lines make one record: `start` or `continuation`, a pattern looked for in every line, with `maxLines` (500) and `maxBytes` (1 MiB).',
      },
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
