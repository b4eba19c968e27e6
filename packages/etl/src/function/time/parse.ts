import { date, type LogicalType, text, time, timestamp } from '../../plan/type.ts'
import { constantText } from '../constant.ts'
import { type ArgInfo, defineFunction, type Printer } from '../contract.ts'
import { parseTimeFormat, type TimeFormat, type TimeTarget } from '../time-format.ts'
import { readTimeDuckdb } from './read-duckdb.ts'
import { readTimePostgres } from './read-postgres.ts'
import { readTimeSpark } from './read-spark.ts'

/** Checks the constant formats after the first argument; the first problem wins. */
function formatsOf(args: readonly ArgInfo[], target: TimeTarget): readonly TimeFormat[] | string {
  const formats: TimeFormat[] = []
  for (const arg of args.slice(1)) {
    const format = constantText(arg)
    if (format === undefined) return `parse_${target}: a format must be a text, not NULL`
    const parsed = parseTimeFormat(format, target, 'read')
    if (typeof parsed === 'string') return `parse_${target}: ${parsed}`
    formats.push(parsed)
  }
  return formats
}

const typed =
  (target: TimeTarget, type: LogicalType) =>
  (args: readonly ArgInfo[]): LogicalType | string => {
    const formats = formatsOf(args, target)
    return typeof formats === 'string' ? formats : type
  }

const printed =
  (
    target: TimeTarget,
    print: (x: string, formats: readonly TimeFormat[], target: TimeTarget) => string,
  ): Printer =>
  ([x = ''], call) => {
    const formats = formatsOf(call.args, target)
    return print(x, typeof formats === 'string' ? [] : formats, target)
  }

const params = [
  { name: 'x', accepts: ['text'] },
  { name: 'format', accepts: ['text'], constant: true, variadic: true },
] as const

const rule = (what: string): string =>
  `Reads a ${what} by the first of the formats that matches the whole text; NULL when none does, or when the day is not in ` +
  'the calendar (30 February). Nothing is trimmed or guessed. Two-digit years are refused.'

/** `parse_date(x, 'yyyy-MM-dd', 'dd/MM/yyyy')`. */
export const parseDate = defineFunction({
  name: 'parse_date',
  kind: 'scalar',
  family: 'time',
  meaning: rule('date'),
  params,
  returns: 'date',
  type: typed('date', date),
  nulls: 'always',
  print: {
    duckdb: printed('date', readTimeDuckdb),
    postgres: printed('date', readTimePostgres),
    spark: printed('date', readTimeSpark),
  },
  edges: [
    {
      types: [text, text, text],
      result: date,
      rows: [
        { in: ['2024-02-29', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: '2024-02-29' },
        { in: ['29/02/2024', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: '2024-02-29' },
        { in: ['29/02/2023', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: null },
        { in: ['2023-02-30', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: null },
        { in: ['2024-1-5', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: null },
        { in: ['2024-01-05 ', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: null },
        { in: [' 2024-01-05', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: null },
        { in: ['2024-01-0x', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: null },
        { in: ['2024-01-05\n', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: null },
        { in: ['', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: null },
        { in: [null, 'yyyy-MM-dd', 'dd/MM/yyyy'], out: null },
        { in: ['0000-01-01', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: null },
        { in: ['0001-01-01', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: '0001-01-01' },
        { in: ['9999-12-31', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: '9999-12-31' },
        { in: ['10000-01-01', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: null },
        { in: ['٢٠٢٤-01-05', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: null },
        { in: ['é024-01-5', 'yyyy-MM-dd', 'dd/MM/yyyy'], out: null },
        { in: ['03/04/2024', 'MM/dd/yyyy', 'dd/MM/yyyy'], out: '2024-03-04' },
        { in: ['13/04/2024', 'MM/dd/yyyy', 'dd/MM/yyyy'], out: '2024-04-13' },
        { in: ['31 Jan 2024', 'd MMM yyyy', 'yyyyMMdd'], out: '2024-01-31' },
        { in: ['1 dEC 1999', 'd MMM yyyy', 'yyyyMMdd'], out: '1999-12-01' },
        { in: ['20240131', 'd MMM yyyy', 'yyyyMMdd'], out: '2024-01-31' },
        { in: ['20240132', 'd MMM yyyy', 'yyyyMMdd'], out: null },
        { in: ['5.1.2024', 'd.M.yyyy', "'le' dd/MM/yyyy"], out: '2024-01-05' },
        { in: ['05x1.2024', 'd.M.yyyy', "'le' dd/MM/yyyy"], out: null },
        { in: ['le 05/01/2024', 'd.M.yyyy', "'le' dd/MM/yyyy"], out: '2024-01-05' },
        { in: ["d'é 05%[1]^\\2024", "'d''é' dd%[M]^\\yyyy", 'yyyy年MM月dd日'], out: '2024-01-05' },
        { in: ['2024年01月05日', "'d''é' dd%[M]^\\yyyy", 'yyyy年MM月dd日'], out: '2024-01-05' },
      ],
    },
  ],
})

const zonedFormats = [
  'yyyy-MM-dd HH:mm:ss',
  "yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
  'dd/MM/yyyy HH:mm',
  'epoch_ms',
] as const

/** `parse_timestamp(x, 'yyyy-MM-dd HH:mm:ss', 'epoch_ms')`. */
export const parseTimestamp = defineFunction({
  name: 'parse_timestamp',
  kind: 'scalar',
  family: 'time',
  meaning: `${rule('moment')} The text is taken as UTC unless the format has an offset (\`XXX\`), which is subtracted.`,
  params,
  returns: 'timestamp',
  type: typed('timestamp', timestamp),
  nulls: 'always',
  print: {
    duckdb: printed('timestamp', readTimeDuckdb),
    postgres: printed('timestamp', readTimePostgres),
    spark: printed('timestamp', readTimeSpark),
  },
  edges: [
    {
      types: [text, text, text, text, text],
      result: timestamp,
      rows: [
        { in: ['2024-01-31 12:34:56', ...zonedFormats], out: '2024-01-31T12:34:56.000000' },
        { in: ['2024-01-31T12:34:56.789Z', ...zonedFormats], out: '2024-01-31T12:34:56.789000' },
        { in: ['2024-01-31T12:34:56.789+02:30', ...zonedFormats], out: '2024-01-31T10:04:56.789000' },
        { in: ['2024-01-01T00:15:00.000-00:30', ...zonedFormats], out: '2024-01-01T00:45:00.000000' },
        { in: ['2024-01-01T00:15:00.000-15:00', ...zonedFormats], out: null },
        { in: ['31/01/2024 12:34', ...zonedFormats], out: '2024-01-31T12:34:00.000000' },
        { in: ['1706704496789', ...zonedFormats], out: '2024-01-31T12:34:56.789000' },
        { in: ['-1', ...zonedFormats], out: '1969-12-31T23:59:59.999000' },
        { in: ['0', ...zonedFormats], out: '1970-01-01T00:00:00.000000' },
        { in: ['007', ...zonedFormats], out: null },
        { in: ['1e3', ...zonedFormats], out: null },
        { in: ['253402300799999', ...zonedFormats], out: '9999-12-31T23:59:59.999000' },
        { in: ['253402300800000', ...zonedFormats], out: null },
        { in: ['2024-01-31 24:00:00', ...zonedFormats], out: null },
        { in: ['2024-01-31 23:59:60', ...zonedFormats], out: null },
        { in: ['2024-02-30 12:00:00', ...zonedFormats], out: null },
        { in: ['2024-01-31 12:34:5.', ...zonedFormats], out: null },
        { in: ['-024-01-31 12:34:56', ...zonedFormats], out: null },
        { in: ['31/01/202\t 12:34', ...zonedFormats], out: null },
        { in: ['2024-01-31 12:34:56 😀', ...zonedFormats], out: null },
        { in: ['', ...zonedFormats], out: null },
        { in: [null, ...zonedFormats], out: null },
      ],
    },
    {
      types: [text, text, text],
      result: timestamp,
      rows: [
        { in: ['1/31/2024 1:05 PM', 'M/d/yyyy h:mm a', 'epoch_s'], out: '2024-01-31T13:05:00.000000' },
        { in: ['12/31/2024 12:05 am', 'M/d/yyyy h:mm a', 'epoch_s'], out: '2024-12-31T00:05:00.000000' },
        { in: ['12/31/2024 13:05 am', 'M/d/yyyy h:mm a', 'epoch_s'], out: null },
        { in: ['1706704496', 'M/d/yyyy h:mm a', 'epoch_s'], out: '2024-01-31T12:34:56.000000' },
        { in: ['-62135596800', 'M/d/yyyy h:mm a', 'epoch_s'], out: '0001-01-01T00:00:00.000000' },
        {
          in: ['31/Jan/2024:12:34:56.000001', 'dd/MMM/yyyy:HH:mm:ss.SSSSSS', 'yyyy-MM-dd'],
          out: '2024-01-31T12:34:56.000001',
        },
        {
          in: ['2024-01-31', 'dd/MMM/yyyy:HH:mm:ss.SSSSSS', 'yyyy-MM-dd'],
          out: '2024-01-31T00:00:00.000000',
        },
        { in: ['31/Foo/2024:12:34:56.000001', 'dd/MMM/yyyy:HH:mm:ss.SSSSSS', 'yyyy-MM-dd'], out: null },
      ],
    },
  ],
})

/** `parse_time(x, 'HH:mm:ss')`. */
export const parseTime = defineFunction({
  name: 'parse_time',
  kind: 'scalar',
  family: 'time',
  meaning:
    'Reads a time of day by the first of the formats that matches the whole text; NULL when none does. 24:00 and leap ' +
    'seconds do not match.',
  params,
  returns: 'time',
  type: typed('time', time),
  nulls: 'always',
  print: {
    duckdb: printed('time', readTimeDuckdb),
    postgres: printed('time', readTimePostgres),
    spark: printed('time', readTimeSpark),
  },
  edges: [
    {
      types: [text, text, text],
      result: time,
      rows: [
        { in: ['12:34:56', 'HH:mm:ss', 'h:mm a'], out: '12:34:56.000000' },
        { in: ['1:05 PM', 'HH:mm:ss', 'h:mm a'], out: '13:05:00.000000' },
        { in: ['12:05 AM', 'HH:mm:ss', 'h:mm a'], out: '00:05:00.000000' },
        { in: ['0:05 AM', 'HH:mm:ss', 'h:mm a'], out: null },
        { in: ['24:00:00', 'HH:mm:ss', 'h:mm a'], out: null },
        { in: ['23:59:60', 'HH:mm:ss', 'h:mm a'], out: null },
        { in: ['12:34:5q', 'HH:mm:ss', 'h:mm a'], out: null },
        { in: ['', 'HH:mm:ss', 'h:mm a'], out: null },
        { in: [null, 'HH:mm:ss', 'h:mm a'], out: null },
        { in: ['23:59:59.999999', 'HH:mm:ss.SSSSSS', 'HHmm'], out: '23:59:59.999999' },
        { in: ['0930', 'HH:mm:ss.SSSSSS', 'HHmm'], out: '09:30:00.000000' },
        { in: ['09é0', 'HH:mm:ss.SSSSSS', 'HHmm'], out: null },
      ],
    },
  ],
})
