import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import iconv from 'iconv-lite'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { typeName } from '../plan/type.ts'
import { type InferredCsv, inferCsv } from './csv-infer.ts'

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'csv-infer-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

let count = 0
async function infer(bytes: string | Buffer): Promise<InferredCsv> {
  const file = path.join(folder, `input-${++count}.csv`)
  await writeFile(file, bytes)
  return inferCsv(file)
}

const types = (found: InferredCsv): Record<string, string> =>
  Object.fromEntries(Object.entries(found.columns).map(([n, c]) => [n, typeName(c.type)]))

describe('dialect', () => {
  test.each([',', ';', '\t', '|', '||', '§'])('delimiter %j', async (delimiter) => {
    const found = await infer(
      ['id', 'a b', 'c'].join(delimiter) + '\n' + ['1', 'x', '"y, z; w"'].join(delimiter) + '\n',
    )
    expect(found.dialect).toMatchObject({ delimiter, quote: '"', header: true, skipLines: 0 })
    expect(found.sampleRows).toEqual([['1', 'x', 'y, z; w']])
  })

  test('preamble, comments, backslashes, single quotes, spaces', async () => {
    expect((await infer('Report of 2024\nmade by x\nid,name,n\n1,a,2\n2,b,3\n')).dialect.skipLines).toBe(2)
    expect((await infer('# made by x\nid,name\n1,a\n')).dialect).toMatchObject({ comment: '#', skipLines: 0 })
    expect((await infer('id,name\n1,"a \\"b\\" c"\n2,"d"\n')).dialect.escape).toBe('\\')
    expect((await infer("id,name\n1,'a, b'\n2,'c'\n")).dialect.quote).toBe("'")
    expect((await infer('id, name, n\n1, a, 2\n2, b, 3\n')).dialect.trim).toBe(true)
  })

  test('a sample that ends within a quoted field tells by the records before', async () => {
    const text = `"${'long; text, ""quoted""\n'.repeat(300)}"`
    const rows = Array.from({ length: 200 }, (_, i) => `${i};n${i};${text}\n`)
    const found = await infer(`id;name;note\n${rows.join('')}`)
    expect(found.dialect).toMatchObject({ delimiter: ';', quote: '"', header: true })
    expect(types(found)).toEqual({ id: 'int64', name: 'text', note: 'text' })
  })

  test('no header', async () => {
    const found = await infer('1,a\n2,b\n')
    expect(found.dialect.header).toBe(false)
    expect(Object.keys(found.columns)).toEqual(['column_1', 'column_2'])
  })

  test.each(['utf-8', 'utf-16le', 'utf-16be', 'latin1', 'windows-1252', 'shift_jis'])(
    'encoding %s',
    async (encoding) => {
      const word =
        { shift_jis: '日本語テスト', latin1: 'Zürich café', 'windows-1252': '“Zürich” 5 €' }[encoding] ??
        'Zürich 日本'
      const found = await infer(
        iconv.encode(`id,name\n1,${word}\n2,${word}\n`, encoding, { addBOM: encoding.startsWith('utf') }),
      )
      expect(found.dialect.encoding).toBe(encoding)
      expect(found.sampleRows[0]).toEqual(['1', word])
    },
  )

  test('gzip', async () => {
    expect(types(await infer(gzipSync('id,name\n1,a\n')))).toEqual({ id: 'int64', name: 'text' })
  })
})

describe('types', () => {
  const column = async (...values: string[]): Promise<InferredCsv> =>
    infer(`k,x\n${values.map((v, i) => `row ${i},${v}\n`).join('')}`)
  const typeOf = async (...values: string[]): Promise<string> => types(await column(...values))['x'] ?? ''

  test('numbers', async () => {
    expect(await typeOf('1', '-20')).toBe('int64')
    expect(await typeOf('9223372036854775808', '1')).toBe('uint64')
    expect(await typeOf('1'.repeat(30))).toBe('decimal(38,0)')
    expect(await typeOf('1.50', '2')).toBe('decimal(18,2)')
    expect(await typeOf('12345678901234567.89')).toBe('decimal(38,2)')
    expect(await typeOf('1e3', '0.1')).toBe('float64')
    expect(await typeOf('00501', '10001')).toBe('text')
    expect(await typeOf('0x10')).toBe('text')
    expect(await typeOf('"1,5"', '"2,25"')).toBe('text')
  })

  test('truth, uuid, dates', async () => {
    expect(await typeOf('true', 'false')).toBe('bool')
    expect((await column('Y', 'N')).columns['x']).toMatchObject({
      type: { kind: 'bool' },
      trueValues: ['Y'],
      falseValues: ['N'],
    })
    expect(await typeOf('6f9619ff-8b86-d011-b42d-00c04fc964ff')).toBe('uuid')
    expect((await column('2024-01-31', '2024-02-01')).columns['x']).toMatchObject({
      type: { kind: 'date' },
      formats: ['yyyy-MM-dd'],
    })
    expect((await column('31/01/2024', '01/02/2024')).columns['x']?.formats).toEqual(['dd/MM/yyyy'])
    expect((await column('01/31/2024', '01/02/2024')).columns['x']?.formats).toEqual(['MM/dd/yyyy'])
    expect((await column('1/31/2024', '1/2/2024')).columns['x']?.formats).toEqual(['M/d/yyyy'])
    expect((await column('2024-01-31T12:00:00Z')).columns['x']?.formats).toEqual(["yyyy-MM-dd'T'HH:mm:ssXXX"])
    expect((await column('12:30')).columns['x']).toMatchObject({ type: { kind: 'time' }, formats: ['HH:mm'] })
  })

  test('mixed formats are listed', async () => {
    const found = await column('2024-01-31 12:00:00', '31/01/2024 12:00', '2024-02-01 00:00:00')
    expect(found.columns['x']?.formats).toEqual(['yyyy-MM-dd HH:mm:ss', 'dd/MM/yyyy HH:mm'])
    expect(found.warnings).toContain('x: the column mixes 2 formats')
  })

  test('an ambiguous date stays text and says why', async () => {
    const found = await column('01/02/2024', '03/04/2024')
    expect(types(found)['x']).toBe('text')
    expect(found.warnings.join()).toMatch(/"01\/02\/2024" can be dd\/MM\/yyyy or MM\/dd\/yyyy/)
    expect(types(await column('31/01/2024', '01/31/2024'))['x']).toBe('text')
  })

  test('NULL texts and required', async () => {
    const found = await infer('a,b,c,d\n1,NA,x,\n2,3,,""\n')
    expect(found.columns['a']?.nullable).toBe(false)
    expect(found.columns['b']).toMatchObject({ type: { kind: 'int64' }, nulls: ['NA'], nullable: true })
    expect(found.columns['c']?.nullable).toBe(true)
    expect((await infer('a,b\n1,""\n2,3\n')).columns['b']).toMatchObject({
      type: { kind: 'int64' },
      nulls: [''],
    })
    expect(found.warnings).toContain('b: "NA" taken as NULL')
  })

  test('strays are named', async () => {
    const found = await column(...Array.from({ length: 50 }, (_, i) => `${i}`), 'oops')
    expect(found.warnings.join()).toMatch(/50 of 51 values are numbers; "oops" is not/)
  })
})

test('the declaration can be pasted', async () => {
  const found = await infer('Order ID;__proto__;a"b;naïve;Order ID;\n1;2;3;4;5;6\n')
  expect(found.declaration.split('\n').slice(4)).toEqual([
    '    columns: {',
    "      order_id_1: int64({ from: 'Order ID_1', required: true }),",
    "      proto: int64({ from: '__proto__', required: true }),",
    "      a_b: int64({ from: 'a\"b', required: true }),",
    "      'naïve': int64({ required: true }),",
    "      order_id_2: int64({ from: 'Order ID_2', required: true }),",
    '      column_6: int64({ required: true }),',
    '    },',
    "    dialect: { delimiter: ';' },",
    '  }),',
    '})',
    '',
  ])
})

test('an empty file is refused', async () => {
  await expect(infer('')).rejects.toMatchObject({ code: 'source.header' })
})
