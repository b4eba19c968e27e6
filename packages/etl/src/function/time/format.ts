import { date, type LogicalType, text, timestamp } from '../../plan/type.ts'
import { constantText } from '../constant.ts'
import { type ArgInfo, defineFunction } from '../contract.ts'
import { quoteSparkText, quoteText } from '../dialect.ts'
import { parseTimeFormat, type TimeFormat, type TimeToken } from '../time-format.ts'

const strftime: Readonly<Record<TimeToken, string>> = {
  yyyy: '%Y',
  MMM: '%b',
  MM: '%m',
  M: '%-m',
  dd: '%d',
  d: '%-d',
  HH: '%H',
  H: '%-H',
  hh: '%I',
  h: '%-I',
  a: '%p',
  mm: '%M',
  ss: '%S',
  SSSSSS: '%f',
  SSS: '%g',
  XXX: 'Z',
}

const toChar: Readonly<Record<TimeToken, string>> = {
  yyyy: 'YYYY',
  MMM: 'Mon',
  MM: 'MM',
  M: 'FMMM',
  dd: 'DD',
  d: 'FMDD',
  HH: 'HH24',
  H: 'FMHH24',
  hh: 'HH12',
  h: 'FMHH12',
  a: 'AM',
  mm: 'MI',
  ss: 'SS',
  SSSSSS: 'US',
  SSS: 'MS',
  XXX: '"Z"',
}

function formatOf(args: readonly ArgInfo[]): TimeFormat | string {
  const format = constantText(args[1])
  if (format === undefined) return 'the format must be a text, not NULL'
  return parseTimeFormat(format, args[0]?.type.kind === 'date' ? 'date' : 'timestamp', 'write')
}

const type = (args: readonly ArgInfo[]): LogicalType | string => {
  const format = formatOf(args)
  return typeof format === 'string' ? format : text
}

function pattern(
  args: readonly ArgInfo[],
  tokens: Readonly<Record<TimeToken, string>>,
  literal: (text: string) => string,
): string {
  const format = formatOf(args)
  const parts = typeof format === 'string' ? [] : format.parts
  return quoteText(parts.map((p) => ('token' in p ? tokens[p.token] : literal(p.literal))).join(''))
}

/** The pattern of Java, where texts stand in quotes and two quoted texts side by side would have a quote between them. */
function javaFormat(args: readonly ArgInfo[]): string {
  const format = formatOf(args)
  let pattern = ''
  let quoted = ''
  const flush = (): string => (quoted === '' ? '' : `'${quoted.replaceAll("'", "''")}'`)
  for (const part of typeof format === 'string' ? [] : format.parts) {
    if ('literal' in part) quoted += part.literal
    else if (part.token === 'XXX') quoted += 'Z'
    else {
      pattern += flush() + part.token
      quoted = ''
    }
  }
  return quoteSparkText(pattern + flush())
}

const dayAndClock = "d/M/yyyy h:mm a 'at' H, HH.hh"

/** `format_timestamp(x, 'yyyy-MM-dd HH:mm')`. */
export const formatTimestamp = defineFunction({
  name: 'format_timestamp',
  kind: 'scalar',
  family: 'time',
  meaning:
    'Writes a date or moment in UTC by a constant format of the same tokens that parse_timestamp reads; `SSS` is cut, not rounded. Years 1 to 9999.',
  params: [
    { name: 'x', accepts: ['timestamp', 'date'] },
    { name: 'format', accepts: ['text'], constant: true },
  ],
  returns: 'text',
  type,
  nulls: 'strict',
  print: {
    duckdb: ([x], { args }) => `strftime(${x}, ${pattern(args, strftime, (t) => t.replaceAll('%', '%%'))})`,
    postgres: ([x], { args }) =>
      `to_char(CAST(${x} AS TIMESTAMP), ${pattern(args, toChar, (t) => `"${t.replaceAll(/["\\]/gu, String.raw`\$&`)}"`)})`,
    spark: ([x], { args }) => `date_format(${x}, ${javaFormat(args)})`,
  },
  edges: [
    {
      types: [timestamp, text],
      result: text,
      rows: [
        { in: ['2024-01-05T03:04:05.999999', 'yyyy-MM-dd HH:mm:ss.SSS'], out: '2024-01-05 03:04:05.999' },
        {
          in: ['2024-01-05T03:04:05.000006', "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX"],
          out: '2024-01-05T03:04:05.000006Z',
        },
        { in: ['2024-01-05T15:04:05.000000', dayAndClock], out: '5/1/2024 3:04 PM at 15, 15.03' },
        { in: ['2024-11-25T00:04:05.000000', dayAndClock], out: '25/11/2024 12:04 AM at 0, 00.12' },
        { in: ['0024-02-29T12:00:00.000000', 'MMM dd, yyyy'], out: 'Feb 29, 0024' },
        { in: ['9999-12-31T23:59:59.999999', "yyyyMMdd'TH''e\"\\é😀%Y'HH"], out: '99991231TH\'e"\\é😀%Y23' },
        { in: ['2024-01-05T03:04:05.000000', 'MMMdd'], out: 'Jan05' },
        { in: ['2024-01-05T03:04:05.000000', ' '], out: ' ' },
        { in: [null, 'yyyy'], out: null },
      ],
    },
    {
      types: [date, text],
      result: text,
      rows: [
        { in: ['2024-01-05', 'yyyy-MM'], out: '2024-01' },
        { in: ['0001-01-01', 'd.M.yyyy HH:mm'], out: '1.1.0001 00:00' },
      ],
    },
  ],
})
