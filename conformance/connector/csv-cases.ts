import { gzipSync, zstdCompressSync } from 'node:zlib'
import iconv from 'iconv-lite'
import {
  bool,
  type Columns,
  date,
  decimal,
  float64,
  int64,
  int8,
  text,
  timestamp,
  uuid,
} from '../../packages/etl/src/connector/column.ts'
import type { CsvDialect } from '../../packages/etl/src/plan/source.ts'

/** What must come of a file: rows in order, rejects by line, or the refusal of the file. */
export type Outcome =
  | {
      readonly rows: readonly (readonly unknown[])[]
      readonly rejects?: readonly {
        readonly line: number
        readonly rule: string
        readonly reason: RegExp
        readonly offset?: number | null
        readonly original?: string | RegExp
      }[]
    }
  | { readonly refused: string; readonly message: RegExp }

/** One input and its declared outcome. */
export interface CsvCase {
  readonly name: string
  readonly bytes: Buffer | string | (() => Buffer)
  readonly columns?: Columns
  readonly dialect?: Partial<CsvDialect>
  readonly outcome: Outcome
}

/** Two nullable text columns: what cases declare unless they say otherwise. */
export const twoTexts: Columns = { a: text(), b: text() }

const latin1 = (s: string): Buffer => Buffer.from(s, 'latin1')
const kind = (columns: Columns, value: string, out: unknown): Omit<CsvCase, 'name'> => ({
  bytes: `x\n${value}\n`,
  columns,
  outcome: { rows: [[out]] },
})
const refusedValue = (columns: Columns, value: string, reason: RegExp): Omit<CsvCase, 'name'> => ({
  bytes: `x\n${value}\n`,
  columns,
  outcome: { rows: [], rejects: [{ line: 2, rule: 'csv.value', reason, offset: 2, original: value }] },
})

const structure: readonly CsvCase[] = [
  { name: 'empty file', bytes: '', outcome: { rows: [] } },
  { name: 'header only', bytes: 'a,b\n', outcome: { rows: [] } },
  { name: 'header only, no final newline', bytes: 'a,b', outcome: { rows: [] } },
  { name: 'no final newline', bytes: 'a,b\n1,2', outcome: { rows: [['1', '2']] } },
  {
    name: 'CRLF',
    bytes: 'a,b\r\n1,2\r\n3,4\r\n',
    outcome: {
      rows: [
        ['1', '2'],
        ['3', '4'],
      ],
    },
  },
  {
    name: 'lone CR',
    bytes: 'a,b\r1,2\r3,4\r',
    outcome: {
      rows: [
        ['1', '2'],
        ['3', '4'],
      ],
    },
  },
  {
    name: 'mixed line ends',
    bytes: 'a,b\r\n1,2\n3,4\r5,6\r\n7,8\n9,0',
    outcome: {
      rows: [
        ['1', '2'],
        ['3', '4'],
        ['5', '6'],
        ['7', '8'],
        ['9', '0'],
      ],
    },
  },
  {
    name: 'mixed line ends and a reject: lines count every kind',
    bytes: 'a,b\r\n1,2\n3,4\r5\r\n7,8\n',
    outcome: {
      rows: [
        ['1', '2'],
        ['3', '4'],
        ['7', '8'],
      ],
      rejects: [{ line: 4, rule: 'csv.columns', reason: /1 fields, expected 2/, offset: 13, original: '5' }],
    },
  },
  {
    name: 'empty lines are no records',
    bytes: 'a,b\n\n1,2\n\n\n3,4\n\n',
    outcome: {
      rows: [
        ['1', '2'],
        ['3', '4'],
      ],
    },
  },
  { name: 'empty lines in CRLF', bytes: 'a,b\r\n\r\n1,2\r\n\r\n', outcome: { rows: [['1', '2']] } },
  { name: 'empty lines before the header', bytes: '\n\na,b\n1,2\n', outcome: { rows: [['1', '2']] } },
  {
    name: 'a line of spaces is a short record',
    bytes: 'a,b\n1,2\n  \n3,4\n',
    outcome: {
      rows: [
        ['1', '2'],
        ['3', '4'],
      ],
      rejects: [{ line: 3, rule: 'csv.columns', reason: /1 fields, expected 2/, offset: 8, original: '  ' }],
    },
  },
  {
    name: 'short and long records',
    bytes: 'a,b\n1,2\n3\n4,5,6\n7,8\n',
    outcome: {
      rows: [
        ['1', '2'],
        ['7', '8'],
      ],
      rejects: [
        { line: 3, rule: 'csv.columns', reason: /1 fields, expected 2/, offset: 8, original: '3' },
        { line: 4, rule: 'csv.columns', reason: /3 fields, expected 2/, offset: 10, original: '4,5,6' },
      ],
    },
  },
  {
    name: 'trailing delimiters are ignored, but not a quoted field',
    bytes: 'a,b\n1,2,\n3,4,,\n5,6,""\n',
    outcome: {
      rows: [
        ['1', '2'],
        ['3', '4'],
      ],
      rejects: [{ line: 4, rule: 'csv.columns', reason: /3 fields, expected 2/, original: '5,6,""' }],
    },
  },
  { name: 'NULL and empty text', bytes: 'a,b\n,""\n', outcome: { rows: [[null, '']] } },
  {
    name: 'declared NULL texts, unquoted only',
    bytes: 'a,b\nNA,"NA"\n,-\n',
    dialect: { nulls: ['NA', '-'] },
    outcome: {
      rows: [
        [null, 'NA'],
        ['', null],
      ],
    },
  },
  { name: 'no NULL texts', bytes: 'a,b\n,x\n', dialect: { nulls: [] }, outcome: { rows: [['', 'x']] } },
  {
    name: 'preamble',
    bytes: 'made by "x\n2024\na,b\n1,2\n',
    dialect: { skipLines: 2 },
    outcome: { rows: [['1', '2']] },
  },
  {
    name: 'preamble with an empty line, CRLF',
    bytes: 'made by x\r\n\r\na,b\r\n1,2\r\n',
    dialect: { skipLines: 2 },
    outcome: { rows: [['1', '2']] },
  },
  {
    name: 'no header',
    bytes: '1,2\n3,4\n',
    dialect: { header: false },
    outcome: {
      rows: [
        ['1', '2'],
        ['3', '4'],
      ],
    },
  },
  {
    name: 'delimiter in the data and several delimiters',
    bytes: 'a;b\n"x;y";"z,z"\n1,5;2\n',
    dialect: { delimiter: ';' },
    outcome: {
      rows: [
        ['x;y', 'z,z'],
        ['1,5', '2'],
      ],
    },
  },
  {
    name: 'tab',
    bytes: 'a\tb\n1\t"x\ty"\n',
    dialect: { delimiter: '\t' },
    outcome: { rows: [['1', 'x\ty']] },
  },
  { name: 'pipe', bytes: 'a|b\n1|2\n', dialect: { delimiter: '|' }, outcome: { rows: [['1', '2']] } },
  {
    name: 'two-byte delimiter',
    bytes: 'a||b\n1||x|y\n',
    dialect: { delimiter: '||' },
    outcome: { rows: [['1', 'x|y']] },
  },
  {
    name: 'non-ASCII delimiter',
    bytes: 'a§b\n1§2\n',
    dialect: { delimiter: '§' },
    outcome: { rows: [['1', '2']] },
  },
  {
    name: 'comments are whole lines',
    bytes: '# head\na,b\n1,2#3\n#x,y,z\n4,5\n',
    dialect: { comment: '#' },
    outcome: {
      rows: [
        ['1', '2#3'],
        ['4', '5'],
      ],
    },
  },
  { name: 'trim', bytes: 'a, b\n 1 , "x " \n', dialect: { trim: true }, outcome: { rows: [['1', 'x ']] } },
  { name: 'trailing spaces are kept', bytes: 'a,b\n1 , 2\n', outcome: { rows: [['1 ', ' 2']] } },
]

const quotes: readonly CsvCase[] = [
  { name: 'escaped quotes', bytes: 'a,b\n"x ""y""",""""\n', outcome: { rows: [['x "y"', '"']] } },
  {
    name: 'backslash escapes',
    bytes: 'a,b\n"x \\"y\\"","\\\\"\n',
    dialect: { escape: '\\' },
    outcome: { rows: [['x "y"', '\\']] },
  },
  {
    name: 'multi-line fields and the line of a later reject',
    bytes: 'a,b\n"x\ny","1\n\n2"\n3\n4,5\n',
    outcome: {
      rows: [
        ['x\ny', '1\n\n2'],
        ['4', '5'],
      ],
      rejects: [{ line: 6, rule: 'csv.columns', reason: /1 fields/, offset: 17, original: '3' }],
    },
  },
  { name: 'multi-line field in CRLF', bytes: 'a,b\r\n"x\r\ny",1\r\n', outcome: { rows: [['x\r\ny', '1']] } },
  {
    name: 'a quote inside an unquoted field is text',
    bytes: 'a,b\n5" disk,x"y"z\n',
    outcome: { rows: [['5" disk', 'x"y"z']] },
  },
  {
    name: 'unclosed quote to the end costs one line',
    bytes: 'a,b\n1,2\n"x,3\n4,5\n6,7\n',
    outcome: {
      rows: [
        ['1', '2'],
        ['4', '5'],
        ['6', '7'],
      ],
      rejects: [{ line: 3, rule: 'csv.quote', reason: /never closed/, offset: 8, original: '"x,3' }],
    },
  },
  {
    name: 'unclosed quote before quoted fields costs one line',
    bytes: `a,b\n"x,3\n${'4,"5"\n'.repeat(3000)}6,7\n`,
    outcome: {
      rows: [...Array.from({ length: 3000 }, () => ['4', '5']), ['6', '7']],
      rejects: [
        { line: 2, rule: 'csv.quote', reason: /follows a closing quote/, offset: 4, original: '"x,3' },
      ],
    },
  },
  {
    name: 'text after a closing quote',
    bytes: 'a,b\n1,"x"y\n2,3\n',
    outcome: {
      rows: [['2', '3']],
      rejects: [{ line: 2, rule: 'csv.quote', reason: /follows a closing quote/, original: '1,"x"y' }],
    },
  },
  {
    name: 'spaces after a closing quote are ignored',
    bytes: 'a,b\n"x" ,"y"\n',
    outcome: { rows: [['x', 'y']] },
  },
  {
    name: 'no quotes declared',
    bytes: 'a,b\n"x,y"\n',
    dialect: { quote: null },
    outcome: { rows: [['"x', 'y"']] },
  },
]

const headers: readonly CsvCase[] = [
  {
    name: 'columns by name, in another order, others ignored',
    bytes: 'b,c,a\n2,x,1\n',
    outcome: { rows: [['1', '2']] },
  },
  { name: 'names without regard to case and space', bytes: ' A ,B\n1,2\n', outcome: { rows: [['1', '2']] } },
  {
    name: 'a missing column is refused with a suggestion',
    bytes: 'a,bee\n1,2\n',
    columns: { a: text(), b: text({ from: 'beee' }) },
    outcome: { refused: 'source.header', message: /has no column "beee"; its header is "a", "bee"/ },
  },
  {
    name: 'repeated headers have to be told apart',
    bytes: 'a,b,a\n1,2,3\n',
    outcome: { refused: 'source.header', message: /has no column "a"/ },
  },
  {
    name: 'repeated and empty headers are addressed by number',
    bytes: 'a,,a\n1,2,3\n',
    columns: { x: text({ from: 'a_1' }), y: text({ from: 'a_2' }), z: text({ from: 'column_2' }) },
    outcome: { rows: [['1', '3', '2']] },
  },
  {
    name: 'headers that JavaScript trips over',
    bytes: '__proto__,constructor,toString,a;drop table\n1,2,3,4\n',
    columns: {
      p: text({ from: '__proto__' }),
      constructor: text(),
      toString: text(),
      'a;drop table': text(),
    },
    outcome: { rows: [['1', '2', '3', '4']] },
  },
  {
    name: 'right-to-left override, quote and 5,000 characters in headers',
    bytes: `\u{202E}x,"q""'uote",${'n'.repeat(5000)}\n1,2,3\n`,
    columns: {
      r: text({ from: '\u{202E}x' }),
      q: text({ from: `q"'uote` }),
      n: text({ from: 'n'.repeat(5000) }),
    },
    outcome: { rows: [['1', '2', '3']] },
  },
  {
    name: 'multi-line header',
    bytes: '"a\nx",b\n1,2\n',
    columns: { a: text({ from: 'a\nx' }), b: text() },
    outcome: { rows: [['1', '2']] },
  },
  {
    name: 'a broken quote in the header',
    bytes: '"a,b\n1,2\n',
    outcome: { refused: 'source.corrupt', message: /header cannot be read/ },
  },
]

const wide = 'a,b\nä€😀,日本\n'
const encodings: readonly CsvCase[] = [
  { name: 'UTF-8 with mark', bytes: '\u{FEFF}a,b\n1,2\n', outcome: { rows: [['1', '2']] } },
  {
    name: 'UTF-8 with mark, no header',
    bytes: '\u{FEFF}1,2\n',
    dialect: { header: false },
    outcome: { rows: [['1', '2']] },
  },
  {
    name: 'UTF-16 LE with mark',
    bytes: iconv.encode(wide, 'utf-16le', { addBOM: true }),
    dialect: { encoding: 'utf-16le' },
    outcome: { rows: [['ä€😀', '日本']] },
  },
  {
    name: 'UTF-16 BE',
    bytes: iconv.encode(wide, 'utf-16be'),
    dialect: { encoding: 'utf-16be' },
    outcome: { rows: [['ä€😀', '日本']] },
  },
  {
    name: 'UTF-16 LE with a lone surrogate',
    bytes: Buffer.concat([
      iconv.encode('a,b\n1,2\n3,', 'utf-16le'),
      Buffer.from([0x00, 0xd8]),
      iconv.encode('\n4,5\n', 'utf-16le'),
    ]),
    dialect: { encoding: 'utf-16le' },
    outcome: {
      rows: [
        ['1', '2'],
        ['4', '5'],
      ],
      rejects: [
        { line: 3, rule: 'csv.encoding', reason: /not valid text/, offset: null, original: '3,\\xFF' },
      ],
    },
  },
  {
    name: 'UTF-16 declared as UTF-8',
    bytes: iconv.encode(wide, 'utf-16le', { addBOM: true }),
    outcome: { refused: 'source.corrupt', message: /mark of utf-16le/ },
  },
  {
    name: 'Latin-1',
    bytes: latin1('a,b\n\xe4,\xe9\n'),
    dialect: { encoding: 'latin1' },
    outcome: { rows: [['ä', 'é']] },
  },
  {
    name: 'Windows-1252',
    bytes: iconv.encode('a,b\n€,“x”\n', 'windows-1252'),
    dialect: { encoding: 'windows-1252' },
    outcome: { rows: [['€', '“x”']] },
  },
  {
    name: 'Shift-JIS with 5C as second byte',
    bytes: iconv.encode('a,b\n表,ソ\n', 'shift_jis'),
    dialect: { encoding: 'shift_jis' },
    outcome: { rows: [['表', 'ソ']] },
  },
  {
    name: 'broken Shift-JIS',
    bytes: Buffer.concat([
      iconv.encode('a,b\n表,1\nx', 'shift_jis'),
      Buffer.from([0x81, 0x20]),
      Buffer.from(',2\n3,4\n'),
    ]),
    dialect: { encoding: 'shift_jis' },
    outcome: {
      rows: [
        ['表', '1'],
        ['3', '4'],
      ],
      rejects: [{ line: 3, rule: 'csv.encoding', reason: /not valid text/ }],
    },
  },
  {
    name: 'invalid UTF-8',
    bytes: latin1('a,b\n1,x\xffy\n2,\xc3\xa4\n'),
    outcome: {
      rows: [['2', 'ä']],
      rejects: [
        { line: 2, rule: 'csv.encoding', reason: /not valid text/, offset: 4, original: '1,x\\xFFy' },
      ],
    },
  },
  {
    name: 'unknown encoding',
    bytes: 'a,b\n',
    dialect: { encoding: 'klingon' },
    outcome: { refused: 'source.corrupt', message: /no encoding "klingon"/ },
  },
  { name: 'NUL is a character', bytes: 'a,b\n\0,x\0y\n', outcome: { rows: [['\0', 'x\0y']] } },
]

const plain = 'a,b\n1,2\n3\n'
const good = {
  rows: [['1', '2']],
  rejects: [{ line: 3, rule: 'csv.columns', reason: /1 fields/, offset: 8, original: '3' }],
}
const archives: readonly CsvCase[] = [
  { name: 'gzip', bytes: gzipSync(plain), outcome: good },
  { name: 'zstd', bytes: zstdCompressSync(plain), outcome: good },
  {
    name: 'concatenated gzip members',
    bytes: Buffer.concat([gzipSync('a,b\n1,'), gzipSync('2\n3\n')]),
    outcome: good,
  },
  {
    name: 'concatenated zstd frames',
    bytes: Buffer.concat([zstdCompressSync('a,b\n1,'), zstdCompressSync('2\n3\n')]),
    outcome: good,
  },
  {
    name: 'gzip of UTF-16',
    bytes: gzipSync(iconv.encode('a,b\nä,2\n', 'utf-16le')),
    dialect: { encoding: 'utf-16le' },
    outcome: { rows: [['ä', '2']] },
  },
  {
    name: 'truncated gzip',
    bytes: gzipSync(plain.repeat(500)).subarray(0, 40),
    outcome: { refused: 'source.corrupt', message: /not a whole gzip file/ },
  },
  {
    name: 'truncated zstd',
    bytes: zstdCompressSync(Buffer.from(plain.repeat(500))).subarray(0, 20),
    outcome: { refused: 'source.corrupt', message: /not a whole zstd file/ },
  },
  {
    name: 'damaged gzip',
    bytes: () => {
      const bytes = gzipSync(plain.repeat(500))
      bytes.fill(0xff, 12, 20)
      return bytes
    },
    outcome: { refused: 'source.corrupt', message: /not a whole gzip file/ },
  },
]

const sizes: readonly CsvCase[] = [
  {
    name: 'a field of 3 MiB',
    bytes: () => Buffer.from(`a,b\n1,${'x'.repeat(3 * 2 ** 20)}\n2,y\n`),
    outcome: {
      rows: [
        ['1', 'x'.repeat(3 * 2 ** 20)],
        ['2', 'y'],
      ],
    },
  },
  {
    name: 'a field beyond 8 MiB',
    bytes: () => Buffer.from(`a,b\n1,${'x'.repeat(9 * 2 ** 20)}\n2,y\n3\n`),
    outcome: {
      rows: [['2', 'y']],
      rejects: [
        {
          line: 2,
          rule: 'csv.size',
          reason: /field 2 has 9437184 bytes/,
          offset: 4,
          original: /^1,x+… \(cut; the record has 9437186 bytes\)$/,
        },
        { line: 4, rule: 'csv.columns', reason: /1 fields/ },
      ],
    },
  },
  {
    name: 'a quoted field of 40 MiB without line end',
    bytes: () => Buffer.from(`a,b\n1,"${'x'.repeat(40 * 2 ** 20)}"\n2,y\n3\n`),
    outcome: {
      rows: [['2', 'y']],
      rejects: [
        { line: 2, rule: 'csv.size', reason: /about 419430\d\d bytes/, offset: 4 },
        { line: 4, rule: 'csv.columns', reason: /1 fields/ },
      ],
    },
  },
  {
    name: 'an unclosed quote before 20 MiB of records',
    bytes: () => Buffer.from(`a,b\n1,"x\n${`2,${'y'.repeat(2 ** 20)}\n`.repeat(20)}`),
    outcome: {
      rows: Array.from({ length: 20 }, () => ['2', 'y'.repeat(2 ** 20)]),
      rejects: [{ line: 2, rule: 'csv.quote', reason: /not closed/, original: '1,"x' }],
    },
  },
]

const values: readonly CsvCase[] = [
  { name: 'int64', ...kind({ x: int64() }, '9223372036854775807', '9223372036854775807') },
  {
    name: 'int64 overflow',
    ...refusedValue({ x: int64() }, '9223372036854775808', /column "x": "9223372036854775808" is no int64/),
  },
  { name: 'int8 overflow', ...refusedValue({ x: int8() }, '128', /is no int8/) },
  { name: '1e3 is no integer', ...refusedValue({ x: int64() }, '1e3', /"1e3" is no int64/) },
  { name: '0x10 is no integer', ...refusedValue({ x: int64() }, '0x10', /"0x10" is no int64/) },
  { name: '1.0 is no integer', ...refusedValue({ x: int64() }, '1.0', /"1.0" is no int64/) },
  { name: 'a trailing space is no integer', ...refusedValue({ x: int64() }, '1 ', /"1 " is no int64/) },
  { name: 'leading zeros stay in text', ...kind({ x: text() }, '00501', '00501') },
  { name: '1e3 as float64', ...kind({ x: float64() }, '1e3', 1000) },
  { name: 'NaN as float64', ...kind({ x: float64() }, 'NaN', 'NaN') },
  { name: 'Infinity as float64', ...kind({ x: float64() }, '-Infinity', '-Infinity') },
  { name: 'NaN is no decimal', ...refusedValue({ x: decimal(18, 2) }, 'NaN', /is no decimal\(18,2\)/) },
  {
    name: 'decimal is exact',
    ...kind({ x: decimal(38, 2) }, '12345678901234567.89', '12345678901234567.89'),
  },
  {
    name: 'a decimal is never rounded',
    ...refusedValue({ x: decimal(18, 2) }, '1.005', /"1.005" is no decimal\(18,2\)/),
  },
  {
    name: 'a decimal comma is no decimal',
    ...refusedValue({ x: decimal(18, 2) }, '"1,5"', /"1,5" is no decimal/),
  },
  { name: '30 digits are no int64', ...refusedValue({ x: int64() }, '1'.repeat(30), /is no int64/) },
  {
    name: 'date by declared format',
    ...kind({ x: date({ format: 'dd/MM/yyyy' }) }, '01/02/2024', '2024-02-01'),
  },
  { name: 'a date is never guessed', ...refusedValue({ x: date() }, '01/02/2024', /is no date/) },
  { name: '30 February', ...refusedValue({ x: date() }, '2024-02-30', /is no date/) },
  { name: 'timestamp, ISO', ...kind({ x: timestamp() }, '2024-01-31T12:00:00Z', '2024-01-31 12:00:00') },
  {
    name: 'timestamp, second format',
    ...kind(
      { x: timestamp({ formats: ['yyyy-MM-dd HH:mm:ss', 'dd/MM/yyyy HH:mm'] }) },
      '31/01/2024 12:05',
      '2024-01-31 12:05:00',
    ),
  },
  { name: 'bool', ...kind({ x: bool() }, 'true', true) },
  {
    name: 'bool with declared texts',
    ...kind({ x: bool({ trueValues: ['Y'], falseValues: ['N'] }) }, 'N', false),
  },
  { name: 'an unknown bool', ...refusedValue({ x: bool() }, 'maybe', /is no bool/) },
  {
    name: 'uuid',
    ...kind({ x: uuid() }, '6f9619ff-8b86-d011-b42d-00c04fc964ff', '6f9619ff-8b86-d011-b42d-00c04fc964ff'),
  },
  { name: 'empty text is no integer when quoted', ...refusedValue({ x: int64() }, '""', /"" is no int64/) },
  {
    name: 'a NULL in a required column',
    bytes: 'a,b\n1,\n2,x\n',
    columns: { a: text(), b: text({ required: true }) },
    outcome: {
      rows: [['2', 'x']],
      rejects: [
        {
          line: 2,
          rule: 'csv.required',
          reason: /column "b" is required but NULL/,
          offset: 4,
          original: '1,',
        },
      ],
    },
  },
  {
    name: 'NULL texts of one column',
    bytes: 'a,b\n?,?\n',
    columns: { a: int64({ nulls: ['?'] }), b: text() },
    outcome: { rows: [[null, '?']] },
  },
  {
    name: 'several bad values in one record, quoted original',
    bytes: 'a,b\nx,"y ""z"""\n1,2\n',
    columns: { a: int64(), b: int64() },
    outcome: {
      rows: [['1', '2']],
      rejects: [
        {
          line: 2,
          rule: 'csv.value',
          reason: /column "a": "x" is no int64; column "b": "y "z"" is no int64/,
          original: 'x,"y ""z"""',
        },
      ],
    },
  },
  {
    name: 'type drift after 30,000 rows',
    bytes: () =>
      Buffer.from(`a,b\n${Array.from({ length: 30_000 }, (_, i) => `${i},${i}\n`).join('')}n/a,1\n`),
    columns: { a: int64(), b: int64() },
    outcome: {
      rows: Array.from({ length: 30_000 }, (_, i) => [`${i}`, `${i}`]),
      rejects: [{ line: 30_002, rule: 'csv.value', reason: /"n\/a" is no int64/, original: 'n/a,1' }],
    },
  },
]

/** The CSV part of the bad-input catalogue. */
export const csvCases: readonly CsvCase[] = [
  ...structure,
  ...quotes,
  ...headers,
  ...encodings,
  ...archives,
  ...sizes,
  ...values,
]
