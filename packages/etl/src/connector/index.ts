import { accessLog } from './access-log.ts'
import { csv } from './csv.ts'
import { http } from './http.ts'
import { httpApi } from './http-api.ts'
import { jsonArray, ndjson } from './json.ts'
import { parquet } from './parquet.ts'

/** One option of a connector as its reference page shows it. */
export interface ConnectorOption {
  readonly name: string
  readonly summary: string
  readonly required?: true
}

/** How a source over a connection names what it connects to. */
export interface ConnectionInfo {
  /** The function that declares it. */
  readonly name: string
  readonly declare: (options: never) => unknown
  readonly options: readonly ConnectorOption[]
}

/** What a connector says of itself. */
export interface ConnectorInfo {
  /** The function that declares a source. */
  readonly name: string
  readonly summary: string
  readonly declare: (from: never, options: never) => unknown
  /** What stands in place of a path, for sources over a connection. */
  readonly connection?: ConnectionInfo
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
    name: 'http',
    summary:
      'Read records of an HTTP API: answers to GET in JSON, page by page. Only public addresses are reached, unless the API allows others.',
    declare: http,
    connection: {
      name: 'httpApi',
      declare: httpApi,
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
            'File with the certificates of who vouches for the server, in place of the usual authorities.',
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
      ...files.slice(1),
    ],
  },
]
