import type { CsvCase } from './csv-case.ts'

/** Lines, fields, preambles and delimiters. */
export const structure: readonly CsvCase[] = [
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

/** Quotes, escaped, multi-line and broken. */
export const quotes: readonly CsvCase[] = [
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
      rejects: [{ line: 3, rule: 'csv.quote', reason: /not closed/, offset: 8, original: '"x,3' }],
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
