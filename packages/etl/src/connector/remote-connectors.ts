import { dynamodbExport } from './dynamodb-export.ts'
import { dynamodb } from './dynamodb.ts'
import { http } from './http.ts'
import { columns, type ConnectorInfo, type ConnectorOption, maxRejected } from './info.ts'
import { mysqlChanges } from './mysql-changes.ts'
import { mysql } from './mysql.ts'
import { postgresTable } from './postgres-table.ts'

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
  maxRejected,
]

const mysqlAccount: ConnectorInfo['connection'] = {
  name: 'mysqlServer',
  options: [
    { name: 'host', summary: 'Default localhost.' },
    { name: 'port', summary: 'Default 3306.' },
    { name: 'socketPath', summary: 'Path of a Unix socket, in place of host and port.' },
    {
      name: 'user',
      summary:
        'The account. It needs SELECT; with a cursor also PROCESS, to see open transactions; for changes REPLICATION SLAVE, and BINLOG MONITOR (MySQL: REPLICATION CLIENT and LOCK TABLES).',
      required: true,
    },
    { name: 'password', summary: "A reference: secret('env:NAME') or secret('file:/path')." },
    { name: 'database', summary: 'The database of the table.', required: true },
    {
      name: 'tls',
      summary:
        'true, or { ca } with a file of certificates, whose path begins in the project folder: encrypted, the certificate of the server verified.',
    },
  ],
}

/** Connectors of databases and services. */
export const remoteConnectors: readonly ConnectorInfo[] = [
  {
    name: 'mysql',
    summary:
      'Read a table of MySQL or MariaDB: the whole of it, or what is beyond a cursor, as of one consistent snapshot.',
    declare: mysql,
    connection: mysqlAccount,
    options: [
      { name: 'table', summary: 'The name of the table, in its own case.', required: true },
      columns,
      {
        name: 'cursor',
        summary:
          'A column that grows with every insert and update. Without it the whole table is read by every run, and replaces what was published if it differs; with it, rows that are new or changed are appended.',
      },
      {
        name: 'lag',
        summary:
          'How far below what was read rows may still appear for other reasons than open transactions: milliseconds for times, a count for numbers. Default: ten seconds for times and 0 for numbers; ten minutes and 10,000 where the account may not see transactions (right PROCESS).',
      },
      {
        name: 'connections',
        summary:
          'How many connections read ranges of the primary key at the same time where all rows are read, in one snapshot: 1 to 32, default 1. MariaDB with a binary log and a key that begins with an integer; else one connection reads.',
      },
      {
        name: 'readAt',
        summary:
          'Adds a timestamp column of this name: when, by the clock of the server, the row was read. Without a cursor every run then publishes anew.',
      },
      {
        name: 'key',
        summary: 'The primary key: required columns that tell rows apart. `softDelete` needs it.',
      },
      {
        name: 'softDelete',
        summary:
          'Adds a bool column of this name, true in rows that were deleted. With a cursor, every run compares the keys of the table with those that were published; a row that is gone is appended once more, marked. Needs cursor, key and readAt.',
      },
      {
        name: 'maxShrink',
        summary:
          'The share of its rows, 0 to 1, that a run may take from the table unasked, by marks or by fewer rows; run --full does not ask. Default: 0.5 with softDelete, else 1.',
      },
      {
        name: 'zeroDates',
        summary:
          "What `0000-00-00` and dates with a zero month or day mean: 'reject' (default) or 'null', which is told as a warning.",
      },
      maxRejected,
    ],
  },
  {
    name: 'mysqlChanges',
    summary:
      'Follow the binary log of MariaDB or MySQL: the table as it is at first, then every inserted, updated and deleted row, once. Columns `_operation`, `_committed_at` and `_sequence` tell of the change.',
    declare: mysqlChanges,
    connection: mysqlAccount,
    options: [
      { name: 'table', summary: 'The name of the table, in its own case.', required: true },
      columns,
      {
        name: 'key',
        summary:
          'Declared columns that tell rows apart: an update that changes one of them is a delete and an insert. Default: the primary key of the table; where it has none, every update is both.',
      },
      {
        name: 'zeroDates',
        summary:
          "What `0000-00-00` and dates with a zero month or day mean: 'reject' (default) or 'null', which is told as a warning.",
      },
      maxRejected,
    ],
  },
  {
    name: 'postgresTable',
    summary:
      'Read a table or view of PostgreSQL: the whole of it, or what is beyond a cursor, as of one consistent snapshot.',
    declare: postgresTable,
    connection: {
      name: 'postgres',
      options: [
        { name: 'host', summary: 'A host, or the absolute folder of a Unix socket.', required: true },
        { name: 'port', summary: 'Default 5432.' },
        {
          name: 'user',
          summary:
            'The account. It needs SELECT; with a cursor also the role pg_read_all_stats, to see open transactions.',
          required: true,
        },
        { name: 'password', summary: "A reference: secret('env:NAME') or secret('file:/path')." },
        { name: 'database', summary: 'The database of the table.', required: true },
        {
          name: 'tls',
          summary:
            'true, or { ca } with a file of certificates, whose path begins in the project folder: encrypted, the certificate of the server verified.',
        },
      ],
    },
    options: [
      { name: 'table', summary: 'The name of the table, in its own case.', required: true },
      { name: 'schema', summary: 'The schema that it is in. Default public.' },
      columns,
      {
        name: 'cursor',
        summary:
          'A column that grows with every insert and update. Without it the whole table is read by every run, and replaces what was published if it differs; with it, rows that are new or changed are appended.',
      },
      {
        name: 'lag',
        summary:
          'How far below what was read rows may still appear for other reasons than open transactions: milliseconds for times, a count for numbers (sequences with CACHE). Default: ten seconds for times and 0 for numbers; ten minutes and 10,000 where open transactions cannot be seen (role pg_read_all_stats).',
      },
      {
        name: 'readAt',
        summary:
          'Adds a timestamp column of this name: when, by the clock of the server, the row was read. Without a cursor every run then publishes anew.',
      },
      maxRejected,
    ],
  },
  {
    name: 'dynamodb',
    summary: 'Read a DynamoDB table: whole by a parallel scan, or its changes by DynamoDB Streams.',
    declare: dynamodb,
    connection: {
      options: [
        { name: 'region', summary: 'The AWS region.', required: true },
        { name: 'endpoint', summary: "An emulator or a private endpoint. Default: the region's own." },
        {
          name: 'credentials',
          summary:
            'References to accessKeyId, secretAccessKey and sessionToken. Default: what the AWS SDK finds.',
        },
        { name: 'attempts', summary: 'How often a request that is throttled is made: default 10.' },
      ],
    },
    options: [
      { name: 'table', summary: 'The name of the table.', required: true },
      ...items,
      {
        name: 'changes',
        summary:
          "Read changes, one row for each: 'snapshot' begins with all items, 'history' with the oldest change that the stream keeps. Without: every run reads the whole table, and replaces what was published if it differs.",
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
    connection: {
      options: [
        {
          name: 'folder',
          summary: 'Absolute path of a copy of the folder AWSDynamoDB of a bucket.',
          required: true,
        },
      ],
    },
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
  {
    name: 'http',
    summary:
      'Read records of an HTTP API: answers to GET in JSON, page by page. Only public addresses are reached, unless the API allows others.',
    declare: http,
    connection: {
      name: 'httpApi',
      options: [
        {
          name: 'url',
          summary: 'What all paths are relative to. https; http for hosts in `allowPrivate`.',
          required: true,
        },
        {
          name: 'auth',
          summary:
            "Who asks, with secrets as references: kind 'bearer', 'basic', 'header' or 'oauth2' (client credentials).",
        },
        { name: 'headers', summary: 'Sent with every request to this host. Not for secrets.' },
        { name: 'allowPrivate', summary: 'Host names that may lead to private or loopback addresses.' },
        {
          name: 'ca',
          summary:
            'File, from the project folder, with the certificates of who vouches for the server, in place of the usual authorities.',
        },
        {
          name: 'requestsPerSecond',
          summary: 'All tables of one process together ask a host no oftener. Default: no limit.',
        },
        {
          name: 'attempts',
          summary: 'How often a request is tried before its failure is told: 1 to 20, default 5.',
        },
        { name: 'maxWaitMs', summary: 'The longest wait that the service may ask for. Default 5 minutes.' },
        { name: 'timeoutMs', summary: 'Time for one whole answer. Default 2 minutes.' },
        { name: 'maxBodyBytes', summary: 'The largest body, unpacked. Default and at most 1 GiB.' },
      ],
    },
    options: [
      { name: 'path', summary: 'Below the URL of the API.', required: true },
      { name: 'params', summary: 'Parameters of every first request.' },
      {
        name: 'rows',
        summary:
          'Where the records stand: `$.data[*]`, `$` for the document, `$.orders[*].items[*]` for a nested table.',
        required: true,
      },
      {
        ...columns,
        summary:
          'The declared columns with their types, by name. `from` is a member, a path such as `$.customer.id`, or `^.id` in what the record stands in.',
      },
      {
        name: 'paginate',
        summary:
          "How pages follow: by 'page', 'offset', 'cursor', 'next-url' or 'link'. Default: there is one.",
      },
      {
        name: 'incremental',
        summary:
          'The column that grows, and the parameter that takes its lower bound. Default: every run reads everything.',
      },
      {
        name: 'lag',
        summary:
          'How far below the greatest cursor is read again: milliseconds, or a count. Default 10 minutes, or 1000.',
      },
      { name: 'key', summary: 'Columns that identify a record: equal ones of one reading are one.' },
      { name: 'nullRows', summary: "What null in place of the records means: 'fail' (default) or 'none'." },
      maxRejected,
    ],
  },
]
