import { accessLog } from './access-log.ts'
import { csv } from './csv.ts'
import { grok } from './grok.ts'
import { columns, type ConnectorInfo, type ConnectorOption, maxRejected } from './info.ts'
import { jsonArray, ndjson } from './json.ts'
import { mmdb } from './mmdb.ts'
import { parquet } from './parquet.ts'

const files: readonly ConnectorOption[] = [
  {
    name: 'onChangedFile',
    summary:
      "What a file with other content than before means: 'fail' (default), 'reload' or 'append-as-new'.",
  },
  maxRejected,
]

/** Connectors of files. */
export const fileConnectors: readonly ConnectorInfo[] = [
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
]
