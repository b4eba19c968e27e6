import { type ColumnSpec, timestamp } from '../column.ts'

/** A log format that many programs write, and how it is declared. */
export interface LogCandidate {
  /** In words, for warnings. */
  readonly name: string
  /** A quick look at a line, before its pattern is tried. Runs in linear time. */
  readonly looksLike: RegExp
  readonly pattern: string
  /** Types of captures that their texts alone would not tell. */
  readonly columns: Readonly<Record<string, ColumnSpec>>
  /** What the user should know, in sentences. */
  readonly notes: readonly string[]
  /** The grok pattern of a line that begins a record, and the same in brief for the sample. */
  readonly start?: { readonly pattern: string; readonly looksLike: RegExp }
}

const httpDate = { timestamp: timestamp({ format: 'dd/MMM/yyyy:HH:mm:ss XXX' }) }
const yearless =
  'timestamps have no year, so they stay text; put the year before them and parse them in a step'
const isoStart = { pattern: '^%{TIMESTAMP_ISO8601}', looksLike: /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d/ }
const afterwards = (column: string): string =>
  `"${column}" holds JSON documents; take columns out of them with flattenJson('${column}', …)`

/** In the order in which they are tried: the more particular ones first. */
export const logCandidates: readonly LogCandidate[] = [
  {
    name: 'an Application Load Balancer log',
    looksLike: /^(?:https?|h2|grpcs|wss?) \d{4}-\d\d-\d\dT\S+ \S+ \S+:\d+ /,
    pattern: '%{ALB_ACCESS_LOG}',
    columns: {},
    notes: ['fields that AWS has added at the end are in "more"'],
  },
  {
    name: 'a Classic Load Balancer log',
    looksLike: /^\d{4}-\d\d-\d\dT\S+ \S+ \S+:\d+ \S+ (?:-1|\d+\.\d+) /,
    pattern: '%{ELB_ACCESS_LOG}(?: "%{DATA:agent}" %{NOTSPACE:ssl_cipher} %{NOTSPACE:ssl_protocol})?',
    columns: {},
    notes: [],
  },
  {
    name: 'an S3 server access log',
    looksLike: /^[0-9a-f]{64} \S+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:/,
    pattern: '%{S3_ACCESS_LOG}(?: %{GREEDYDATA:more})?',
    columns: httpDate,
    notes: ['the fields behind the version id are in "more"'],
  },
  {
    name: 'an access log with further fields',
    looksLike: /^\S+ \S+ \S+ \[\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "/,
    pattern: '%{COMBINEDAPACHELOG} %{GREEDYDATA:more}',
    columns: httpDate,
    notes: ['what stands behind the user agent is in "more"'],
  },
  {
    name: 'an nginx error log',
    looksLike: /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[[a-z]+\] \d+#\d+: /,
    pattern: '%{NGINX_ERRORLOG}',
    columns: { timestamp: timestamp({ format: 'yyyy/MM/dd HH:mm:ss' }) },
    notes: ['timestamps are in the time zone of the server; they are read as UTC'],
    start: { pattern: '^%{NGINX_TIMESTAMP} \\[', looksLike: /^\d{4}\/\d\d\/\d\d \d\d:\d\d:\d\d \[/ },
  },
  {
    name: 'an Apache error log',
    looksLike: /^\[[A-Z][a-z]{2} [A-Z][a-z]{2} \d\d \d\d:\d\d:\d\d(?:\.\d+)? \d{4}\] \[/,
    pattern: '%{HTTPD_ERRORLOG}',
    columns: {},
    notes: ['timestamps begin with a day of the week and stay text'],
    start: { pattern: '^\\[%{DAY} ', looksLike: /^\[[A-Z][a-z]{2} / },
  },
  {
    name: 'JSON behind a timestamp',
    looksLike: /^\d{4}-\d\d-\d\d[T ]\S+ \{"/,
    pattern: String.raw`%{TIMESTAMP_ISO8601:timestamp} (?<body>\{.*\})`,
    columns: {},
    notes: [afterwards('body')],
  },
  {
    name: 'JSON behind a prefix',
    looksLike: /^[^{,;\t]{1,200} \{\s*"/,
    pattern: String.raw`(?<prefix>[^{,;\t]*[^{,;\t ]) +(?<body>\{.*\})`,
    columns: {},
    notes: [afterwards('body')],
  },
  {
    name: 'a syslog (RFC 5424)',
    looksLike: /^<\d{1,3}>\d (?:\d{4}-\d\d-\d\dT|-)/,
    pattern: '%{SYSLOG5424LINE}',
    columns: {},
    notes: [],
  },
  {
    name: 'a HAProxy log',
    looksLike: /^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ haproxy\[\d+\]: \S+:\d+ \[/,
    pattern: '%{HAPROXYHTTP}',
    columns: {},
    notes: ['the parts of the time of acceptance stay text'],
  },
  {
    name: 'a syslog (RFC 3164)',
    looksLike: /^(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S+ /,
    pattern:
      '(?:<%{NONNEGINT:priority:int}>)?%{SYSLOGTIMESTAMP:timestamp} %{SYSLOGHOST:host} (?:%{SYSLOGPROG}: )?%{GREEDYDATA:message}',
    columns: {},
    notes: [yearless],
  },
  {
    name: 'a log of a Python program',
    looksLike: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} - \S+ - [A-Z]+ - /,
    pattern:
      '%{TIMESTAMP_ISO8601:timestamp} - %{NOTSPACE:logger} - %{LOGLEVEL:level} - %{GREEDYDATA:message}',
    columns: {},
    notes: [],
    start: isoStart,
  },
  {
    name: 'a log with timestamp and level',
    looksLike: /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d\S* +(?:\[[^\]]*\] +)?\[?[A-Za-z]{4,11}\]?:? /,
    pattern: String.raw`%{TIMESTAMP_ISO8601:timestamp} +(?:\[%{DATA:thread}\] +)?\[?%{LOGLEVEL:level}\]?:? +%{GREEDYDATA:message}`,
    columns: {},
    notes: [],
    start: isoStart,
  },
]
