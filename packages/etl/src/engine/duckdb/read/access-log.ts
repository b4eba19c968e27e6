import { EtlError } from '../../../base/errors.ts'
import { quoteName, quoteText } from '../../../function/dialect.ts'
import type { FileScan } from '../../../plan/source.ts'
import { timestamp } from '../../../plan/type.ts'
import type { OpenedFiles, ReadContext } from './contract.ts'
import { parseText } from './json-text.ts'
import { linesOf, type OddLines, searchedLines, stageLogs } from './log-lines.ts'
import { openRejectRecorder } from './reject-recorder.ts'
import { searchRejects } from './reject-search.ts'

type Layout = 'combined' | 'common'

const inQuotes = String.raw`"((?:[^"\\]|\\.)*)"`
const momentPattern = String.raw`\d\d/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}`
const common = String.raw`(\S+) (\S+) (.*?) \[(${momentPattern})\] ${inQuotes} (\d{3}) (\d+|-)`

/** RE2 patterns of whole lines, with one group per entry of `parts`. */
const patterns: Readonly<Record<Layout, string>> = {
  common: `${common}\\s*`,
  combined: `${common} ${inQuotes} ${inQuotes}\\s*`,
}

const parts: Readonly<Record<Layout, readonly string[]>> = {
  common: ['ip', 'identity', 'user', 'at', 'request', 'status', 'bytes'],
  combined: ['ip', 'identity', 'user', 'at', 'request', 'status', 'bytes', 'referrer', 'agent'],
}

const requestPattern = String.raw`^(\S+) (\S.*?)(?: (HTTP/\d(?:\.\d)?))?$`

const optional = (x: string): string => `nullif(${x}, '-')`
const unescaped = (x: string): string =>
  `CASE WHEN contains(${x}, '\\') THEN regexp_replace(${x}, '\\\\(["\\\\])', '\\1', 'g') ELSE ${x} END`

/** Values by column, over the struct `p` of parts and the struct `r` of the request's parts. */
const values: Readonly<Record<string, string>> = {
  client_ip: 'p.ip',
  identity: optional('p.identity'),
  user_name: optional('p.user'),
  requested_at: 'ts',
  method: `nullif(r.method, '')`,
  path: `CASE WHEN p.request = '-' THEN NULL WHEN r.method = '' THEN ${unescaped('p.request')} ELSE ${unescaped('r.path')} END`,
  protocol: `nullif(r.protocol, '')`,
  status: 'TRY_CAST(p.status AS INTEGER)',
  bytes: `TRY_CAST(${optional('p.bytes')} AS BIGINT)`,
  referrer: optional(unescaped('p.referrer')),
  user_agent: optional(unescaped('p.agent')),
}

/** Prints that a text has no white space but spaces, as the patterns know it. */
const onlySpaces = (x: string): string => `NOT (contains(${x}, chr(9)) OR contains(${x}, chr(12)))`
/** What stands before the first and after the second quote of a usual line. */
const usualHead = String.raw`[^ \t\n\f\r]+ [^ \t\n\f\r]+ [^ ]* \[${momentPattern}\] `
const usualNumbers = String.raw` \d{3} (?:\d+|-)`

/**
 * Prints whether all quotes and spaces of a line stand where they usually do, over `q`, the line split at quotes. Such a
 * line has only one reading, so it can be split, which costs a part of what a pattern with groups does.
 */
const isUsual: Readonly<Record<Layout, string>> = {
  common: usualLine(3, usualNumbers, ''),
  combined: usualLine(7, `${usualNumbers} `, ` AND q[5] = ' ' AND q[7] = ''`),
}

function usualLine(quoted: number, numbers: string, rest: string): string {
  return `len(q) = ${quoted} AND NOT contains(line, '\\')${rest} AND regexp_full_match(q[1], ${quoteText(usualHead)}) AND regexp_full_match(q[3], ${quoteText(numbers)})`
}

/** The parts of a usual line, `a` and `b` being `q[1]` and `q[3]` split at spaces. */
const usualParts = [
  'a[1]',
  'a[2]',
  'a[3]',
  'substring(q[1], -28, 26)',
  'q[2]',
  'b[2]',
  'b[3]',
  'q[4]',
  'q[6]',
]

function structOf(names: readonly string[], parts: readonly string[]): string {
  return `struct_pack(${names.map((name, i) => `${name} := ${parts[i] ?? ''}`).join(', ')})`
}

/** Prints the parts of a request `p.request`, split at spaces into `s`. */
function requestParts(): string {
  const names = ['method', 'path', 'protocol']
  const usualRequest = `len(s) = 3 AND s[1] <> '' AND s[2] <> '' AND s[3] IN ('HTTP/1.0', 'HTTP/1.1', 'HTTP/2.0') AND ${onlySpaces('p.request')}`
  const byPattern = `regexp_extract(p.request, ${quoteText(requestPattern)}, [${names.map(quoteText).join(', ')}])`
  return `CASE WHEN ${usualRequest} THEN ${structOf(names, ['s[1]', 's[2]', 's[3]'])} ELSE ${byPattern} END`
}

/** The lines with `p`, `r`, `ts` and `bad`. */
function parsed(layout: Layout, from: string): string {
  const names = parts[layout]
  const split = `SELECT *, string_split(q[1], ' ') AS a, string_split(q[3], ' ') AS b FROM (SELECT *, string_split(line, '"') AS q FROM (${from}))`
  const byPattern = `regexp_extract(line, ${quoteText(`^${patterns[layout]}$`)}, [${names.map(quoteText).join(', ')}])`
  const taken = `SELECT * EXCLUDE (q, a, b), CASE WHEN ${isUsual[layout]} THEN ${structOf(names, usualParts)} ELSE ${byPattern} END AS p FROM (${split})`
  const texts = `SELECT * EXCLUDE (s), ${requestParts()} AS r FROM (SELECT *, left(p.at, 20) AS t, string_split(p.request, ' ') AS s FROM (${taken}))`
  const offset = `t || substring(p.at, 22, 3) || ':' || right(p.at, 2)`
  const ts = `CASE WHEN ends_with(p.at, ' +0000') THEN ${parseText(timestamp, 't', { formats: ['dd/MMM/yyyy:HH:mm:ss'] })} ELSE ${parseText(timestamp, `(${offset})`, { formats: ['dd/MMM/yyyy:HH:mm:ssXXX'] })} END`
  const bytes = `(p.bytes <> '-' AND TRY_CAST(p.bytes AS BIGINT) IS NULL)`
  // `random()` keeps the optimizer from splitting every line a second time inside the filter on `bad`.
  return `SELECT *, (line IS NULL OR p.ip = '' OR ts IS NULL OR ${bytes} OR random() < 0) AS bad FROM (SELECT *, ${ts} AS ts FROM (${texts}))`
}

const reason = (layout: Layout): string =>
  `CASE WHEN line IS NULL OR p.ip = '' THEN 'access-log.malformed' || chr(10) || ${quoteText(`the line is not in the ${layout} log format`)} WHEN ts IS NULL THEN 'access-log.value' || chr(10) || 'requested_at: ' || p.at || ' is no timestamp' ELSE 'access-log.value' || chr(10) || 'bytes: ' || p.bytes || ' is no int64' END`

/**
 * Opens access logs as a relation. Every line is a record, also an empty one.
 *
 * `requested_at` is UTC, the offset applied; `-` is NULL; `\"` and `\\` inside quotes are unescaped, other escapes stay.
 * A request that is not `METHOD path [protocol]` is kept as `path`, with method and protocol NULL. Lines in another form,
 * or with bytes that are no UTF-8, NUL or lone carriage returns, are rejects.
 */
export async function openAccessLog(scan: FileScan, context: ReadContext): Promise<OpenedFiles> {
  if (scan.format.kind !== 'access-log')
    throw new EtlError('bug.unreachable', 'the access log reader needs access logs')
  const { layout } = scan.format
  const files = await stageLogs(scan, context, odd)
  const columns = scan.schema.map((f) => {
    const absent = layout === 'common' && ['referrer', 'user_agent'].includes(f.name)
    const value = absent ? 'CAST(NULL AS VARCHAR)' : values[f.name]
    if (value === undefined) throw new EtlError('config.invalid', `an access log has no column "${f.name}"`)
    return `${value} AS ${quoteName(f.name)}`
  })
  const recorder = openRejectRecorder(context.connection)
  const refuse = recorder.refuse('filename', `coalesce(line, '')`, reason(layout))
  return {
    select: `SELECT ${columns.join(', ')} FROM (${parsed(layout, linesOf(files.map((f) => f.staged)))}) WHERE CASE WHEN bad THEN ${refuse} ELSE TRUE END`,
    finish: async ({ scanned, good }) => {
      if (scanned === good) return undefined
      const searched = files.map((file) => searchedLines(file, odd, (from) => rejectsIn(from, layout)))
      return searchRejects({ files: searched, recorder, expected: scanned - good, context })
    },
  }
}

const odd: OddLines = { bytes: [0, 1, 13], standIn: '?' }

function rejectsIn(numbered: string, layout: Layout): string {
  return `SELECT n, ${reason(layout)} AS reason FROM (${parsed(layout, numbered)}) WHERE bad`
}
