import { gzipSync, zstdCompressSync } from 'node:zlib'
import iconv from 'iconv-lite'
import { text } from '../../packages/etl/src/connector/column.ts'
import type { CsvCase } from './csv-case.ts'

const latin1 = (s: string): Buffer => Buffer.from(s, 'latin1')
/** Headers and how columns find them. */
export const headers: readonly CsvCase[] = [
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
    name: 'NUL and terminal controls in headers are shown as escapes',
    bytes: 'a\0,\u001b[31mred\n1,2\n',
    outcome: { refused: 'source.header', message: /its header is "a\\u0000", "\\u001b\[31mred"$/ },
  },
  {
    name: 'NUL in a header that is not used',
    bytes: 'a,b,c\0\n1,2,3\n',
    outcome: { rows: [['1', '2']] },
  },
  {
    name: 'more than 100,000 columns',
    bytes: () => Buffer.from(`a,b${','.repeat(100_000)}\n`),
    outcome: { refused: 'source.corrupt', message: /it has 100002 columns, at most 100000 are read/ },
  },
  {
    name: 'a header beyond the largest record',
    bytes: () => Buffer.alloc(40 * 2 ** 20, 'x'),
    outcome: { refused: 'source.corrupt', message: /does not end within 16777217 bytes/ },
  },
  {
    name: 'a broken quote in the header',
    bytes: '"a,b\n1,2\n',
    outcome: { refused: 'source.corrupt', message: /header cannot be read/ },
  },
]

const wide = 'a,b\nä€😀,日本\n'
/** Encodings, right, wrong and damaged. */
export const encodings: readonly CsvCase[] = [
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
/** Compressed files, whole and cut off. */
export const archives: readonly CsvCase[] = [
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
    name: 'zstd behind a skippable frame',
    bytes: Buffer.concat([
      Buffer.from([0x50, 0x2a, 0x4d, 0x18, 4, 0, 0, 0, 1, 2, 3, 4]),
      zstdCompressSync(plain),
    ]),
    outcome: good,
  },
  {
    name: 'gzip in gzip',
    bytes: gzipSync(gzipSync(plain)),
    outcome: { refused: 'source.corrupt', message: /is a gzip file within another/ },
  },
  {
    name: 'zstd in gzip',
    bytes: gzipSync(zstdCompressSync(plain)),
    outcome: { refused: 'source.corrupt', message: /is a gzip file within another/ },
  },
  {
    name: 'text behind a gzip file',
    bytes: Buffer.concat([gzipSync(plain), Buffer.from('more text')]),
    outcome: { refused: 'source.corrupt', message: /not a whole gzip file/ },
  },
  {
    name: 'zeros behind a gzip file',
    bytes: Buffer.concat([gzipSync(plain), Buffer.alloc(512)]),
    outcome: good,
  },
  {
    name: 'text behind a zstd file',
    bytes: Buffer.concat([zstdCompressSync(plain), Buffer.from('more text')]),
    outcome: { refused: 'source.corrupt', message: /not a whole zstd file/ },
  },
  {
    name: 'a cut off second gzip member',
    bytes: Buffer.concat([gzipSync(plain), gzipSync('3,4\n').subarray(0, 15)]),
    outcome: { refused: 'source.corrupt', message: /not a whole gzip file/ },
  },
  {
    name: 'a cut off second zstd frame',
    bytes: Buffer.concat([zstdCompressSync(plain), zstdCompressSync('3,4\n'.repeat(100)).subarray(0, 12)]),
    outcome: { refused: 'source.corrupt', message: /not a whole zstd file/ },
  },
  {
    name: 'the first two bytes of a gzip file',
    bytes: Buffer.from([0x1f, 0x8b]),
    outcome: { refused: 'source.corrupt', message: /not a whole gzip file/ },
  },
  { name: 'gzip of nothing', bytes: gzipSync(''), outcome: { rows: [] } },
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

/** Fields and records beyond the limits. */
export const sizes: readonly CsvCase[] = [
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
    name: 'records of a million and of ten million fields',
    bytes: () => Buffer.from(`a,b\n${'x,'.repeat(1e6)}\n1,2\n${','.repeat(1e7)}y\n`),
    outcome: {
      rows: [['1', '2']],
      rejects: [
        { line: 2, rule: 'csv.columns', reason: /fields, expected 2/ },
        { line: 4, rule: 'csv.columns', reason: /10000001 fields, expected 2/ },
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
