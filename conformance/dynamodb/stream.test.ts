import { mkdtemp } from 'node:fs/promises'
import { DeleteItemCommand, UpdateTableCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, test } from 'vitest'
import { decodePosition } from '../../packages/etl/src/connector/dynamodb/position.ts'
import { remoteOf } from '../../packages/etl/src/connector/remote.ts'
import { dedupe, dynamodb, filter, fn, int64, table, text } from '../../packages/etl/src/index.ts'
import { ledgerOf } from '../../packages/etl/src/run/ledger.ts'
import { missingDynamodbLocal } from '../../tools/peers/dynamodb-local.ts'
import { tableSuite } from './table-suite.ts'

const missing = missingDynamodbLocal()
const title = `DynamoDB Streams${missing === undefined ? '' : ` (${missing})`}`
const columns = { id: text({ required: true }), n: int64() }

/** What rows of changes leave of each key, as JSON texts. */
function replayed(rows: readonly string[]): readonly string[] {
  const state = new Map<string, readonly [string, string, string, string]>()
  for (const row of rows) {
    const [id = '', n = '', operation = '', , sequence = ''] = JSON.parse(row) as string[]
    const known = state.get(id)
    if (known === undefined || sequence > known[3]) state.set(id, [id, n, operation, sequence])
  }
  return [...state.values()]
    .filter(([, , operation]) => operation !== 'remove')
    .map(([id, n]) => JSON.stringify([id, n]))
    .toSorted()
}

describe.skipIf(missing !== undefined)(title, () => {
  const suite = tableSuite()
  const put = (name: string, id: string, n: number): Promise<void> =>
    suite.tables.put(name, [{ id: { S: id }, n: { N: String(n) } }])
  const remove = async (name: string, id: string): Promise<void> => {
    await suite.tables.client.send(new DeleteItemCommand({ TableName: name, Key: { id: { S: id } } }))
  }
  /** Rows without the time of the change. */
  const changes = async (name: string): Promise<readonly string[]> =>
    (await suite.shop.rows(name))
      .map((r) => JSON.parse(r) as unknown[])
      .toSorted((a, b) => (String(a[4]) < String(b[4]) ? -1 : 1))
      .map(([id, n, operation]) => JSON.stringify([id, n, operation]))
  const current = async (name: string): Promise<readonly string[]> => {
    const whole = table(`raw.now_${name}`, { from: dynamodb(suite.tables.place, { table: name, columns }) })
    await suite.shop.run([whole])
    return suite.shop.rows(`raw.now_${name}`)
  }

  test('history has every change that is kept, in order, each once', async () => {
    await suite.tables.create('kept', 'NEW_AND_OLD_IMAGES')
    await put('kept', 'a', 1)
    await put('kept', 'a', 2)
    await put('kept', 'b', 1)
    const raw = table('raw.kept', {
      from: dynamodb(suite.tables.place, { table: 'kept', columns, changes: 'history' }),
    })
    const run = async (): Promise<unknown> => {
      const { tables: reports } = await suite.shop.run([raw])
      expect(reports[0]?.error).toBeUndefined()
      return { outcome: reports[0]?.outcome, written: reports[0]?.counts?.written }
    }
    expect(await run()).toEqual({ outcome: 'published', written: 3 })
    expect(await run()).toEqual({ outcome: 'unchanged', written: undefined })
    await remove('kept', 'a')
    await put('kept', 'a', 3)
    await put('kept', 'b', 1)
    // Writing an item as it is is no change.
    expect(await run()).toEqual({ outcome: 'published', written: 2 })
    expect(await changes('raw.kept')).toEqual([
      '["a","1","insert"]',
      '["a","2","modify"]',
      '["b","1","insert"]',
      '["a","2","remove"]',
      '["a","3","insert"]',
    ])
    expect(await run()).toMatchObject({ outcome: 'unchanged' })
  })

  test('a snapshot begins with what is there, and only later changes follow', async () => {
    await suite.tables.create('begun', 'NEW_IMAGE')
    for (const id of ['a', 'b', 'c']) await put('begun', id, 1)
    await put('begun', 'a', 2)
    const raw = table('raw.begun', {
      from: dynamodb(suite.tables.place, { table: 'begun', columns, changes: 'snapshot' }),
    })
    await suite.shop.run([raw])
    const begin = ['["a","2","snapshot"]', '["b","1","snapshot"]', '["c","1","snapshot"]']
    expect((await changes('raw.begun')).toSorted()).toEqual(begin)
    await remove('begun', 'b')
    await put('begun', 'd', 1)
    await suite.shop.run([raw])
    expect((await changes('raw.begun')).slice(3)).toEqual(['["b",null,"remove"]', '["d","1","insert"]'])
    expect(replayed(await suite.shop.rows('raw.begun'))).toEqual(await current('begun'))
    const latest = table('shop.begun', {
      from: raw.pipe(
        dedupe({ by: ['id'], keep: 'last', order: ['change_sequence'] }),
        filter((c) => fn.ne(c.change_operation, 'remove')),
      ),
    })
    const { by } = await suite.shop.run([raw, latest])
    expect(by.get('shop.begun')?.error).toBeUndefined()
    const kept = (await suite.shop.rows('shop.begun')).map((r) =>
      JSON.stringify((JSON.parse(r) as string[]).slice(0, 2)),
    )
    expect(kept).toEqual(await current('begun'))
  })

  test('changes during the scan are not missing, and leave the state of the table', async () => {
    await suite.tables.create('busy', 'NEW_AND_OLD_IMAGES')
    await suite.tables.put(
      'busy',
      Array.from({ length: 1_000 }, (_, n) => ({
        id: { S: `k${n}` },
        n: { N: '0' },
        pad: { S: 'x'.repeat(2_000) },
      })),
    )
    const raw = table('raw.busy', {
      from: dynamodb(suite.tables.place, {
        table: 'busy',
        columns,
        changes: 'snapshot',
        segments: 2,
        readUnitsPerSecond: 200,
      }),
    })
    const end = new AbortController()
    let written = 0
    const churn = (async () => {
      for (let n = 1; !end.signal.aborted; n++) {
        await put('busy', `k${(n * 37) % 1_000}`, n)
        if (n % 3 === 0) await remove('busy', `k${(n * 53) % 1_000}`)
        if (n % 5 === 0) await put('busy', `new${n}`, n)
        written = n
      }
    })()
    try {
      for (let turn = 0; turn < 2; turn++) {
        const { tables: reports } = await suite.shop.run([raw])
        expect(reports[0]?.error).toBeUndefined()
      }
    } finally {
      end.abort()
      await churn
    }
    await suite.shop.run([raw])
    expect(written).toBeGreaterThan(20)
    const rows = await suite.shop.rows('raw.busy')
    expect(replayed(rows)).toEqual(await current('busy'))
    const sequences = rows
      .map((r) => JSON.parse(r) as string[])
      .filter((r) => r[2] !== 'snapshot')
      .map((r) => r[4])
    expect(new Set(sequences).size).toBe(sequences.length)
  })

  test('a run that is stopped leaves nothing behind, and the next one loses and repeats nothing', async () => {
    await suite.tables.create('stopped', 'NEW_AND_OLD_IMAGES')
    const raw = table('raw.stopped', {
      from: dynamodb(suite.tables.place, { table: 'stopped', columns, changes: 'history' }),
    })
    const expected: string[] = []
    for (let n = 0; n < 8; n++) {
      await put('stopped', 'a', n)
      expected.push(JSON.stringify(['a', String(n), n === 0 ? 'insert' : 'modify']))
      const { tables: reports } = await suite.shop.run([raw], { signal: AbortSignal.timeout(20 + n * 120) })
      if (reports[0]?.outcome === 'failed') expect(reports[0].error).toMatchObject({ code: 'run.cancelled' })
    }
    await suite.shop.run([raw])
    expect(await changes('raw.stopped')).toEqual(expected)
  })

  test('another stream, or a position that is too old, is told and not passed over', async () => {
    await suite.tables.create('again', 'NEW_AND_OLD_IMAGES')
    await put('again', 'a', 1)
    const source = dynamodb(suite.tables.place, { table: 'again', columns, changes: 'history' })
    const raw = table('raw.again', { from: source })
    await suite.shop.run([raw])
    const text = ledgerOf(await suite.shop.load('raw.again'))?.position ?? ''
    const position = decodePosition(text)
    const remote = await remoteOf(source)
    const fetch = async (changed: string): Promise<unknown> =>
      remote.fetch(source, { position: changed, folder: await mkdtemp(`${suite.shop.folder}/fetch-`) })
    const [id = ''] = position.frontier.open.keys()
    const wrong = text.replace(id, 'shardId-00000000000000000000-00000000')
    await expect(fetch(wrong)).rejects.toMatchObject({ code: 'source.position-lost' })
    await expect(fetch('{}')).rejects.toMatchObject({ code: 'source.position-lost' })
    const stream = (StreamEnabled: boolean): Promise<unknown> =>
      suite.tables.client.send(
        new UpdateTableCommand({
          TableName: 'again',
          StreamSpecification: {
            StreamEnabled,
            ...(StreamEnabled ? { StreamViewType: 'NEW_AND_OLD_IMAGES' as const } : {}),
          },
        }),
      )
    await stream(false)
    const off = await suite.shop.run([raw])
    expect(off.tables[0]?.error).toMatchObject({ code: 'source.schema' })
    await put('again', 'b', 1)
    await stream(true)
    const on = await suite.shop.run([raw])
    expect(on.tables[0]?.error).toMatchObject({ code: 'source.position-lost' })
    await put('again', 'c', 1)
    const anew = await suite.shop.run([raw], { full: true })
    expect(anew.tables[0]?.error).toBeUndefined()
    expect(await changes('raw.again')).toEqual(['["c","1","insert"]'])
  })

  test('a stream that does not hold what the columns need is told', async () => {
    await suite.tables.create('keys', 'KEYS_ONLY')
    await suite.tables.create('new', 'NEW_IMAGE')
    const run = async (name: string): Promise<unknown> => {
      const source = dynamodb(suite.tables.place, {
        table: name,
        columns: { id: text(), n: int64({ required: true }) },
        changes: 'history',
      })
      return (await suite.shop.run([table(`raw.view_${name}`, { from: source })])).tables[0]?.error
    }
    expect(await run('keys')).toMatchObject({ code: 'source.schema' })
    expect(await run('new')).toMatchObject({ code: 'source.schema', message: expect.stringContaining('"n"') })
  })
})
