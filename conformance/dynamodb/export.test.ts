import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { remoteOf } from '../../packages/etl/src/connector/remote.ts'
import {
  bool,
  bytes,
  decimal,
  dynamodbExport,
  json,
  list,
  table,
  text,
  timestamp,
} from '../../packages/etl/src/index.ts'
import { probeSources } from '../../packages/etl/src/run/probe.ts'
import { assertSound, compileProject } from '../../packages/etl/src/run/project.ts'
import { openWorkshop, type Workshop } from '../run/workshop.ts'
import { putText } from '../s3/put-text.ts'
import { startS3Server } from '../s3/server/index.ts'
import { settingsOf } from '../s3/settings.ts'
import { writeExport } from './export-folder.ts'

const columns = { id: text({ required: true }), n: decimal(38, 0), at: timestamp() }
const item = (id: string, n: string): object => ({ id: { S: id }, n: { N: n } })
const micros = (time: string): string => `${Date.parse(time)}123`

/** A line of an incremental export. */
const line = (id: string, time: string, images: object): object => ({
  Metadata: { WriteTimestampMicros: { N: micros(time) } },
  Keys: { id: { S: id } },
  ...images,
})

describe('DynamoDB exports', () => {
  let shop: Workshop
  beforeAll(async () => {
    shop = await openWorkshop('dynamodb-export-')
  })
  afterAll(async () => {
    await shop?.[Symbol.asyncDispose]()
  })
  const newFolder = (): Promise<string> => mkdtemp(`${shop.folder}/exports-`)

  test('the newest full export is the table, with all digits', async () => {
    const folder = await newFolder()
    const raw = table('raw.full', { from: dynamodbExport({ folder }, { columns, rest: 'rest' }) })
    const none = await shop.run([raw])
    expect(none.tables[0]?.error).toMatchObject({ code: 'source.missing' })
    const wide = '12345678901234567890123456789012345678'
    const bytes = { raw: { B: 'AP8i' }, set: { NS: ['1', '2.5'] } }
    await writeExport(folder, {
      id: '01700000000000-aaaa0001',
      time: '2024-01-01T00:00:00Z',
      files: [[{ Item: { ...item('a', wide), ...bytes } }], [], [{ Item: item('b', '2') }]],
    })
    const first = await shop.run([raw])
    expect(first.tables[0]).toMatchObject({ outcome: 'published', counts: { read: 2, written: 2 } })
    expect(await shop.rows('raw.full')).toEqual([
      `["a","${wide}",null,"{\\"raw\\":\\"AP8i\\",\\"set\\":[1,2.5]}"]`,
      '["b","2",null,null]',
    ])
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'unchanged' })
    await writeExport(folder, {
      id: '01700000000000-aaaa0002',
      time: '2024-01-02T00:00:00Z',
      files: [[{ Item: item('c', '3') }]],
    })
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'published', action: 'full' })
    expect(await shop.rows('raw.full')).toEqual(['["c","3",null,null]'])
  })

  test.each(['DYNAMODB_JSON', 'ION'])('only a line feed ends a line of %s', async (format) => {
    const folder = await newFolder()
    const raw = table(`raw.lines_${format.toLowerCase()}`, { from: dynamodbExport({ folder }, { columns }) })
    const ids = ['a\u2028b', 'c\u2029', 'd\u0085e']
    const lines =
      format === 'ION'
        ? ids.map((id) => `$ion_1_0 {Item:{id:"${id}",n:1d0}}`)
        : ids.map((id) => ({ Item: item(id, '1') }))
    await writeExport(folder, { id: '017-eeee0001', time: '2024-01-01T00:00:00Z', format, files: [lines] })
    expect((await shop.run([raw])).tables[0]).toMatchObject({ counts: { read: 3, written: 3 } })
    const rows = (await shop.rows(`raw.lines_${format.toLowerCase()}`)).map((r) => JSON.parse(r) as string[])
    expect(rows.map(([id]) => id).toSorted()).toEqual(ids.toSorted())
  })

  test('incremental exports follow one another; what overlaps is not read twice, a gap is told', async () => {
    const folder = await newFolder()
    const raw = table('raw.steps', { from: dynamodbExport({ folder }, { columns, changes: 'snapshot' }) })
    const rows = async (): Promise<readonly string[]> =>
      (await shop.rows('raw.steps'))
        .map((r) => JSON.parse(r) as string[])
        .toSorted((a, b) => ((a[5] ?? '') < (b[5] ?? '') ? -1 : 1))
        .map(([id, n, , operation, at]) => JSON.stringify([id, n, operation, at]))
    const day = (n: number): string => `2024-01-0${n}T00:00:00Z`
    await writeExport(folder, { id: '017-bbbb0001', time: day(1), files: [[{ Item: item('a', '1') }]] })
    await writeExport(folder, {
      id: '017-bbbb0002',
      time: [day(1), day(2)],
      files: [[line('b', '2024-01-01T10:00:00Z', { NewImage: item('b', '1') })], []],
    })
    expect((await shop.run([raw])).tables[0]?.counts).toMatchObject({ written: 2 })
    await writeExport(folder, {
      id: '017-bbbb0003',
      time: ['2024-01-01T12:00:00Z', day(3)],
      files: [
        [
          line('x', '2024-01-01T13:00:00Z', { NewImage: item('x', '1') }),
          line('a', '2024-01-02T10:00:00Z', { NewImage: item('a', '2'), OldImage: item('a', '1') }),
          line('b', '2024-01-02T11:00:00Z', { OldImage: item('b', '1') }),
        ],
      ],
    })
    expect((await shop.run([raw])).tables[0]?.counts).toMatchObject({ written: 2 })
    expect((await shop.run([raw])).tables[0]).toMatchObject({ outcome: 'unchanged' })
    const seen = [
      '["a","1","snapshot",null]',
      '["b","1","insert","2024-01-01T10:00:00.000123"]',
      '["a","2","modify","2024-01-02T10:00:00.000123"]',
      '["b","1","remove","2024-01-02T11:00:00.000123"]',
    ]
    expect(await rows()).toEqual(seen)
    // An export in which nothing changed moves the position all the same.
    await writeExport(folder, { id: '017-bbbb0004', time: [day(3), day(4)], files: [[]] })
    expect((await shop.run([raw])).tables[0]?.error).toBeUndefined()
    expect((await shop.run([raw])).tables[0]).toMatchObject({
      outcome: 'unchanged',
      reasons: ['nothing new'],
    })
    const images = { NewImage: item('d', '1') }
    await writeExport(folder, {
      id: '017-bbbb0006',
      time: [day(5), day(6)],
      files: [[line('d', '2024-01-05T10:00:00Z', images)]],
    })
    const gap = await shop.run([raw])
    expect(gap.tables[0]?.error).toMatchObject({
      code: 'source.missing',
      message: expect.stringContaining('2024-01-04T00:00:00.000Z to 2024-01-05T00:00:00.000Z'),
    })
    await writeExport(folder, { id: '017-bbbb0005', time: [day(4), day(5)], view: 'NEW_IMAGE', files: [] })
    expect((await shop.run([raw])).tables[0]?.counts).toMatchObject({ written: 1 })
    expect(await rows()).toEqual([...seen, '["d","1","insert","2024-01-05T10:00:00.000123"]'])
  })

  test('a damaged export is told, and nothing of it is published', async () => {
    const id = '017-cccc0001'
    const damaged = async (damage: (folder: string, file: string) => Promise<void>): Promise<unknown> => {
      const folder = await newFolder()
      const items = Array.from({ length: 1_000 }, (_, n) => ({ Item: item(`k${n}`, String(n)) }))
      const [file = ''] = await writeExport(folder, { id, time: '2024-01-01T00:00:00Z', files: [items] })
      await damage(folder, file)
      const raw = table('raw.damaged', { from: dynamodbExport({ folder }, { columns }) })
      const { tables } = await shop.run([raw])
      expect(await shop.lake.load('raw.damaged')).toBeUndefined()
      return tables[0]?.error
    }
    const corrupt = (words: string): object => ({
      code: 'source.corrupt',
      message: expect.stringContaining(words),
    })
    expect(await damaged((_, file) => rm(file))).toMatchObject(corrupt('cannot be read'))
    expect(await damaged((_, file) => truncate(file, 1_000))).toMatchObject(corrupt('cannot be read'))
    expect(await damaged((_, file) => appendFile(file, '\0'))).toMatchObject({ code: 'source.corrupt' })
    expect(await damaged((folder) => appendFile(`${folder}/${id}/manifest-files.json`, '\n'))).toMatchObject(
      corrupt('another checksum'),
    )
    const other = await damaged(async (folder) => {
      const file = `${folder}/${id}/manifest-files.json`
      await rm(`${folder}/${id}/manifest-files.md5`)
      await writeFile(file, (await readFile(file, 'utf8')).replace('"itemCount":1000', '"itemCount":999'))
    })
    expect(other).toMatchObject(corrupt('said to hold 999'))
    const both = await damaged(async (folder) => {
      for (const name of ['manifest-files', 'manifest-summary']) {
        const file = `${folder}/${id}/${name}.json`
        await rm(`${folder}/${id}/${name}.md5`)
        await writeFile(file, (await readFile(file, 'utf8')).replace('"itemCount":1000', '"itemCount":999'))
      }
    })
    expect(both).toMatchObject(corrupt('has 1000 items, but the manifest says that it has 999'))
  })

  test('Ion gives the rows that DYNAMODB_JSON gives', async () => {
    const all = { ...columns, ok: bool(), tags: list(text()), doc: json(), bin: bytes() }
    const rowsOf = async (name: string, format: string, lines: readonly (object | string)[]) => {
      const folder = await newFolder()
      const from = dynamodbExport({ folder }, { columns: all, rest: 'rest' })
      const time = '2024-01-01T00:00:00Z'
      await writeExport(folder, { id: '017-eeee0001', time, files: [lines], format })
      const { tables } = await shop.run([table(`raw.${name}`, { from })])
      expect(tables[0]).toMatchObject({ outcome: 'published', counts: { written: 3, rejected: 0 } })
      return shop.rows(`raw.${name}`)
    }
    const wide = '12345678901234567890123456789012345678'
    const tiny = `0.${'0'.repeat(129)}1`
    const asIon = await rowsOf('ion', 'ION', [
      `$ion_1_0 {Item:{id:"a\\"\\u00e9\\n\\U0001F600",n:${wide}.,ok:true,tags:$dynamodb_SS::["x","y"],doc:{inner:[1.50,null,{k:"v"}]},bin:{{AP8i}}}}`,
      `$ion_1_0 {Item:{id:"b",n:-1d5,at:"2024-01-01T00:00:00Z",ok:null,tags:["l"],'odd name':1d-130,__proto__:"p",nums:$dynamodb_NS::[1.,2.5],bins:$dynamodb_BS::[{{AA==}}]}}`,
      '$ion_1_0 {Item:{id:"c"}}',
    ])
    const asJson = await rowsOf('json', 'DYNAMODB_JSON', [
      {
        Item: {
          id: { S: 'a"é\n😀' },
          n: { N: wide },
          ok: { BOOL: true },
          tags: { SS: ['x', 'y'] },
          doc: { M: { inner: { L: [{ N: '1.50' }, { NULL: true }, { M: { k: { S: 'v' } } }] } } },
          bin: { B: 'AP8i' },
        },
      },
      `{"Item":{"id":{"S":"b"},"n":{"N":"-100000"},"at":{"S":"2024-01-01T00:00:00Z"},"ok":{"NULL":true},"tags":{"L":[{"S":"l"}]},"odd name":{"N":"${tiny}"},"__proto__":{"S":"p"},"nums":{"NS":["1","2.5"]},"bins":{"BS":["AA=="]}}}`,
      { Item: { id: { S: 'c' } } },
    ])
    expect(asIon).toEqual(asJson)
    expect(asIon[0]).toContain(wide)
  })

  test.each([
    ['a float', '{Item:{id:"a",n:1e0}}'],
    ['an int', '{Item:{id:"a",n:1}}'],
    ['another annotation', '{Item:{id:"a",n:$dynamodb_XS::["x"]}}'],
    ['a set of mixed types', '{Item:{id:"a",n:$dynamodb_NS::[1.,"x"]}}'],
    ['a line that is cut off', '{Item:{id:"a",n:1'],
    ['an item that is no struct', '{Item:"a"}'],
    ['no Ion', 'Item, id, n'],
  ])('Ion with %s fails the run', async (_what, line) => {
    const folder = await newFolder()
    const [time, format] = ['2024-01-01T00:00:00Z', 'ION']
    await writeExport(folder, { id: '017-ffff0001', time, format, files: [['{Item:{id:"x",n:1.}}', line]] })
    const { tables } = await shop.run([
      table('raw.wrong_ion', { from: dynamodbExport({ folder }, { columns }) }),
    ])
    expect(tables[0]?.error).toMatchObject({ code: 'source.corrupt' })
    expect(await shop.lake.load('raw.wrong_ion')).toBeUndefined()
  })

  test('exports in S3 are read where they lie', async () => {
    await using server = await startS3Server()
    server.makeBucket('exports')
    const folder = await newFolder()
    const upload = async (): Promise<void> => {
      for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue
        const file = `${entry.parentPath}/${entry.name}`
        putText(server, 'exports', `2024-Jan/AWSDynamoDB${file.slice(folder.length)}`, await readFile(file))
      }
    }
    const place = { folder: 's3://exports/2024-Jan/AWSDynamoDB' }
    const raw = table('raw.in_s3', { from: dynamodbExport(place, { columns, changes: 'snapshot' }) })
    const run = async () => (await shop.run([raw], { s3: settingsOf(server) })).tables[0]
    expect((await run())?.error).toMatchObject({
      code: 'source.missing',
      message: expect.stringContaining('s3://exports/2024-Jan/AWSDynamoDB/'),
    })
    const time = '2024-01-01T00:00:00Z'
    const full = { id: '017-9999', time, files: [[{ Item: item('a', '1') }], [{ Item: item('b', '2') }]] }
    await writeExport(folder, full)
    await upload()
    expect(await run()).toMatchObject({ outcome: 'published', counts: { written: 2 } })
    expect((await run())?.outcome).toBe('unchanged')
    server.buckets.get('exports')?.delete('2024-Jan/AWSDynamoDB/017-9999/data/99990.json.gz')
    expect((await shop.run([raw], { s3: settingsOf(server), full: true })).tables[0]?.error).toMatchObject({
      code: 'source.corrupt',
    })
    await writeExport(folder, {
      id: '017-99992',
      time: [time, '2024-01-02T00:00:00Z'],
      files: [[line('c', '2024-01-01T10:00:00Z', { NewImage: item('c', '3') })]],
    })
    await upload()
    expect(await run()).toMatchObject({ outcome: 'published', counts: { written: 1 } })
    const [probe] = await probeSources(assertSound(await compileProject([raw])), {
      projectFolder: shop.folder,
      s3: settingsOf(server),
    })
    expect(probe?.seen?.notes).toHaveLength(2)
  })

  test('other formats, several tables and relative folders are refused with words', async () => {
    const folder = await newFolder()
    const files = [[{ Item: item('a', '1') }]]
    await writeExport(folder, { id: '017-dddd0001', time: '2024-01-01T00:00:00Z', files, format: 'CSV' })
    const source = dynamodbExport({ folder }, { columns })
    const run = async (from: typeof source): Promise<unknown> =>
      (await shop.run([table('raw.refused', { from })])).tables[0]?.error
    expect(await run(source)).toMatchObject({
      code: 'source.schema',
      message: expect.stringContaining('CSV'),
    })
    await writeExport(folder, { id: '017-dddd0002', time: '2024-01-02T00:00:00Z', files, table: 'other' })
    expect(await run(source)).toMatchObject({ code: 'source.schema' })
    const tableArn = 'arn:aws:dynamodb:us-east-1:123456789012:table/other'
    const named = dynamodbExport({ folder }, { columns, tableArn })
    const { notes } = await (await remoteOf(named)).probe(named)
    expect(notes).toEqual(['017-dddd0002: full, 1 items, up to 2024-01-02T00:00:00.000Z'])
    expect(() => dynamodbExport({ folder: 's3://No/exports' }, { columns })).toThrow(
      expect.objectContaining({ code: 'config.invalid' }),
    )
    expect(() => dynamodbExport({ folder: 'exports' }, { columns })).toThrow(
      expect.objectContaining({ code: 'config.invalid' }),
    )
  })
})
