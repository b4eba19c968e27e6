import { describe, expect, test } from 'vitest'
import type { RemoteSource } from '../../packages/etl/src/connector/contract.ts'
import { remoteOf } from '../../packages/etl/src/connector/remote.ts'
import {
  bool,
  bytes,
  date,
  decimal,
  dynamodb,
  float64,
  int64,
  json,
  list,
  map,
  secret,
  struct,
  table,
  text,
  timestamp,
  uuid,
} from '../../packages/etl/src/index.ts'
import { missingDynamodbLocal } from '../../tools/peers/dynamodb-local.ts'
import type { LocalTables } from './local-tables.ts'
import { tableSuite } from './table-suite.ts'

const missing = missingDynamodbLocal()
const title = `DynamoDB, whole tables${missing === undefined ? '' : ` (${missing})`}`

describe.skipIf(missing !== undefined)(title, () => {
  const suite = tableSuite()

  test('every type arrives exactly', async () => {
    await suite.tables.create('exact')
    await suite.tables.put('exact', [
      {
        id: { S: 'a' },
        whole: { N: '12345678901234567890123456789012345678' },
        money: { N: '-0.0000000001' },
        big: { N: '9007199254740993' },
        double: { N: '0.1' },
        flag: { BOOL: true },
        raw: { B: new Uint8Array([0, 255, 34]) },
        at: { S: '2024-02-29T23:59:59.999999Z' },
        day: { S: '2024-02-29' },
        u: { S: '00112233-4455-6677-8899-aabbccddeeff' },
        words: { SS: ['b', 'a'] },
        sizes: { NS: ['1.5', '-2'] },
        blobs: { BS: [new Uint8Array(), new Uint8Array([1])] },
        address: { M: { city: { S: 'Köln, "am" Rhein' }, zip: { N: '50667' } } },
        prices: { M: { eur: { N: '1.10' }, usd: { N: '1.2' } } },
        'select "from"': { S: 'reserved' },
        doc: {
          M: {
            n: { N: '12345678901234567890123456789012345678' },
            tiny: { N: '1e-130' },
            huge: { N: '-9.9999999999999999999999999999999999999e125' },
            list: { L: [{ N: '0.1234567890123456789012345678901234567' }, { NULL: true }, { BOOL: false }] },
            'é"\\': { S: '\u0000\u2028😀' },
          },
        },
      },
      { id: { S: 'b' }, whole: { NULL: true }, flag: { NULL: true }, words: { L: [] }, doc: { NULL: true } },
      { id: { S: 'c' }, raw: { B: new Uint8Array() }, 'select "from"': { S: '' }, doc: { N: '1e125' } },
    ])
    const raw = table('raw.exact', {
      from: dynamodb(suite.tables.place, {
        table: 'exact',
        columns: {
          id: text({ required: true }),
          whole: decimal(38, 0),
          money: decimal(38, 10),
          big: int64(),
          double: float64(),
          flag: bool(),
          raw: bytes(),
          at: timestamp(),
          day: date(),
          u: uuid(),
          words: list(text()),
          sizes: list(decimal(10, 2)),
          blobs: list(bytes()),
          address: struct({ city: text(), zip: int64() }),
          prices: map(text(), decimal(10, 2)),
          'odd, name': text({ from: 'select "from"' }),
          doc: json(),
        },
      }),
    })
    const report = await suite.shop.run([raw])
    expect(report.tables[0]?.error).toBeUndefined()
    expect(report.tables[0]?.counts).toMatchObject({ read: 3, written: 3, rejected: 0 })
    expect(report.tables[0]?.warnings).toBeUndefined()
    expect(await suite.shop.rows('raw.exact')).toMatchSnapshot()
  })

  test('what does not fit its column is a reject that shows it; what has no column is the rest', async () => {
    await suite.tables.create('mixed')
    await suite.tables.put('mixed', [
      { id: { S: '1' }, amount: { N: '1' }, label: { S: 'one' } },
      { id: { S: '2' }, amount: { S: '2' }, label: { S: 'two' } },
      { id: { S: '3' }, amount: { N: '3.5' }, label: { N: '3' } },
      { id: { S: '4' }, amount: { N: '1e38' }, more: { M: { a: { SS: ['x'] } } }, odd: { NULL: true } },
      { id: { S: '5' }, flag: { S: 'true' }, where: { S: 'here' } },
      { id: { S: '6' }, raw: { S: 'AAAA' } },
      { id: { S: '7' }, where: { M: { at: { S: 'x' }, by: { S: 'y' } } } },
    ])
    const columns = {
      id: text({ required: true }),
      amount: int64(),
      label: text(),
      flag: bool(),
      raw: bytes(),
      where: struct({ at: text() }),
    }
    const raw = table('raw.mixed', {
      from: dynamodb(suite.tables.place, { table: 'mixed', columns, rest: 'other' }),
    })
    const poor = table('raw.poor', { from: dynamodb(suite.tables.place, { table: 'mixed', columns }) })
    const { by } = await suite.shop.run([raw, poor])
    expect(by.get('raw.mixed')?.counts).toMatchObject({ read: 7, written: 2, rejected: 5 })
    expect(await suite.shop.rows('raw.mixed')).toEqual([
      '["1","1","one",null,null,null,null]',
      '["7",null,null,null,null,{"at":"x"},null]',
    ])
    const rejects = (await suite.shop.rows('raw.mixed$rejected')).map((r) => (JSON.parse(r) as string[])[1])
    expect(rejects.toSorted()).toMatchSnapshot()
    expect(by.get('raw.poor')?.warnings).toMatchObject([
      {
        code: 'source.undeclared',
        message: 'attributes without a column were left out: more (1), odd (1), where.by (1)',
      },
    ])
  })

  test('an attribute whose value the SDK loses makes its item a reject', async () => {
    await suite.tables.create('hostile')
    await suite.tables.put('hostile', [{ id: { S: '1' }, constructor: { N: '1' } }])
    const hostile = '{"TableName":"hostile","Item":{"id":{"S":"2"},"__proto__":{"N":"5"}}}'
    await suite.tables.post('PutItem', hostile)
    const columns = { id: text({ required: true }) }
    const raw = table('raw.hostile', {
      from: dynamodb(suite.tables.place, { table: 'hostile', columns, rest: 'rest' }),
    })
    const { tables: reports } = await suite.shop.run([raw])
    expect(reports[0]?.counts).toMatchObject({ read: 2, written: 1, rejected: 1 })
    expect(await suite.shop.rows('raw.hostile')).toEqual(['["1","{\\"constructor\\":1}"]'])
    expect((await suite.shop.rows('raw.hostile$rejected'))[0]).toContain('__proto__')
    expect((await suite.shop.rows('raw.hostile$rejected'))[0]).toContain(
      `${suite.tables.endpoint}, table hostile`,
    )
  })

  test('an item of 400 KB and one that is 32 levels deep', async () => {
    await suite.tables.create('large')
    let deep: Parameters<LocalTables['put']>[1][number][string] = { N: '1' }
    for (let level = 1; level < 32; level++) deep = level % 2 === 0 ? { L: [deep] } : { M: { m: deep } }
    await suite.tables.put('large', [{ id: { S: 'large' }, t: { S: 'é'.repeat(204_780) } }])
    await suite.tables.put('large', [{ id: { S: 'deep' }, deep }])
    const columns = { id: text({ required: true }), t: text(), deep: json() }
    const raw = table('raw.large', { from: dynamodb(suite.tables.place, { table: 'large', columns }) })
    const { tables: reports } = await suite.shop.run([raw])
    expect(reports[0]?.counts).toMatchObject({ read: 2, written: 2, rejected: 0 })
    const rows = (await suite.shop.rows('raw.large')).map((r) => JSON.parse(r) as (string | null)[])
    expect(rows.map((r) => r[1]?.length ?? 0)).toEqual([0, 204_780])
    expect(JSON.stringify(rows[0]?.[2]).match(/[[{]/g)).toHaveLength(31)
  })

  test('what is wrong is told before anything is published, without a secret', async () => {
    const columns = { id: text() }
    const run = async (source: RemoteSource): Promise<unknown> => {
      const { tables: reports } = await suite.shop.run([table('raw.wrong', { from: source })])
      return reports[0]?.error
    }
    expect(await run(dynamodb(suite.tables.place, { table: 'nothing', columns }))).toMatchObject({
      code: 'source.schema',
    })
    expect(
      await run(dynamodb(suite.tables.place, { table: 'exact', columns, changes: 'history' })),
    ).toMatchObject({
      code: 'source.schema',
      message: expect.stringContaining('no stream'),
    })
    const unset = { accessKeyId: secret('env:NOT_SET'), secretAccessKey: secret('env:NOT_SET') }
    const nobody = { ...suite.tables.place, credentials: unset }
    expect(await run(dynamodb(nobody, { table: 'exact', columns }))).toMatchObject({ code: 'config.secret' })
    const source = dynamodb(suite.tables.place, { table: 'exact', columns })
    const seen = await (await remoteOf(source)).probe(source)
    expect(seen.notes.join('; ')).toContain('exact is ACTIVE, with the key id')
    expect(JSON.stringify(source)).not.toContain('AKIA')
  })

  test('limits and names are checked where they are declared', () => {
    const of =
      (options: object): (() => unknown) =>
      () =>
        dynamodb(suite.tables.place, { table: 'exact', columns: { id: text() }, ...options })
    const invalid = expect.objectContaining({ code: 'config.invalid' })
    expect(of({ segments: 0 })).toThrow(invalid)
    expect(of({ readUnitsPerSecond: 0 })).toThrow(invalid)
    expect(of({ rest: 'id' })).toThrow(invalid)
    expect(of({ rest: 'ID' })).toThrow(invalid)
    expect(of({ changes: 'history', columns: { change_at: text() } })).toThrow(invalid)
  })
})
