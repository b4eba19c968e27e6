import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { DeleteItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, test } from 'vitest'
import { remoteOf } from '../../packages/etl/src/connector/remote.ts'
import { dynamodb, int64, table, text } from '../../packages/etl/src/index.ts'
import { ledgerOf } from '../../packages/etl/src/run/ledger.ts'
import { missingDynamodbLocal } from '../../tools/peers/dynamodb-local.ts'
import { placeAt } from './local-tables.ts'
import { tableSuite } from './table-suite.ts'
import { openShardedStream } from './sharded-stream.ts'

const missing = missingDynamodbLocal()
const title = `DynamoDB Streams, shards and kills${missing === undefined ? '' : ` (${missing})`}`
const columns = { id: text({ required: true }), n: int64() }

describe.skipIf(missing !== undefined)(title, () => {
  const suite = tableSuite()

  /** Puts and removes; the changes of each key in their order. */
  const changer = (
    name: string,
  ): { readonly change: () => Promise<void>; readonly log: Map<string, string[]> } => {
    const log = new Map<string, string[]>()
    let n = 0
    const note = (id: string, text: string): void => void log.set(id, [...(log.get(id) ?? []), text])
    return {
      log,
      change: async () => {
        const id = `k${(++n * 7) % 23}`
        const last = log.get(id)?.at(-1)
        const isThere = last !== undefined && !last.startsWith('remove')
        if (isThere && n % 4 === 0) {
          await suite.tables.client.send(new DeleteItemCommand({ TableName: name, Key: { id: { S: id } } }))
          note(id, `remove ${last.split(' ')[1]}`)
          return
        }
        await suite.tables.put(name, [{ id: { S: id }, n: { N: String(n) } }])
        note(id, `${isThere ? 'modify' : 'insert'} ${n}`)
      },
    }
  }
  const seen = async (name: string): Promise<Map<string, string[]>> => {
    const rows = (await suite.shop.rows(name)).map((r) => JSON.parse(r) as string[])
    const log = new Map<string, string[]>()
    for (const [id = '', n, operation] of rows.toSorted((a, b) => ((a[4] ?? '') < (b[4] ?? '') ? -1 : 1)))
      log.set(id, [...(log.get(id) ?? []), `${operation} ${n}`])
    return log
  }

  test('shards that end and split, between runs and while changes go on, lose and repeat nothing', async () => {
    await using sharded = await openShardedStream(suite.tables.endpoint)
    await suite.tables.create('split', 'NEW_AND_OLD_IMAGES')
    const raw = table('raw.split', {
      from: dynamodb(placeAt(sharded.endpoint), { table: 'split', columns, changes: 'history' }),
    })
    const { change, log } = changer('split')
    let most = 0
    for (let turn = 0; turn < 6; turn++) {
      for (let i = 0; i < 15; i++) await change()
      if (turn !== 3) {
        const { tables: reports } = await suite.shop.run([raw])
        expect(reports[0]?.error).toBeUndefined()
        expect(await seen('raw.split')).toEqual(log)
      }
      if (turn === 2) sharded.trim()
      if (turn > 0) await sharded.split(turn % 3 === 0 ? 1 : 2)
      most = Math.max(most, sharded.shards)
    }
    // Splits of which nobody was told come together with changes.
    for (let i = 0; i < 10; i++) await change()
    const last = await suite.shop.run([raw])
    expect(last.tables[0]?.error).toBeUndefined()
    expect(await seen('raw.split')).toEqual(log)
    expect(most).toBeGreaterThan(15)
    // Only shards with something left to read are in the position.
    const { open } = JSON.parse(ledgerOf(await suite.shop.load('raw.split'))?.position ?? '') as {
      open: unknown[]
    }
    expect(open.length).toBeLessThan(most)
    // Shards that follow one another without a change move the position, and nothing else.
    const positionNow = async (): Promise<string> =>
      ledgerOf(await suite.shop.load('raw.split'))?.position ?? ''
    const before = await positionNow()
    await sharded.split(1)
    await suite.shop.run([raw])
    expect(await positionNow()).not.toBe(before)
    expect((await suite.shop.run([raw])).tables[0]).toMatchObject({ outcome: 'unchanged' })
    expect(await seen('raw.split')).toEqual(log)
  })

  test('a snapshot of a table whose stream has split begins at its newest shards', async () => {
    await using sharded = await openShardedStream(suite.tables.endpoint)
    await suite.tables.create('later', 'NEW_AND_OLD_IMAGES')
    const { change, log } = changer('later')
    const reader = dynamodb(placeAt(sharded.endpoint), { table: 'later', columns, changes: 'snapshot' })
    const raw = table('raw.later', { from: reader })
    for (let i = 0; i < 40; i++) await change()
    // The proxy learns of the stream by being asked.
    await (await remoteOf(reader)).probe(reader)
    await sharded.split(2)
    for (let i = 0; i < 10; i++) await change()
    await suite.shop.run([raw])
    const begin = new Map(
      [...log]
        .filter(([, texts]) => !texts.at(-1)?.startsWith('remove'))
        .map(([id, texts]) => [id, [`snapshot ${texts.at(-1)?.split(' ')[1]}`]]),
    )
    expect(await seen('raw.later')).toEqual(begin)
    const known = new Map([...log].map(([id, texts]) => [id, texts.length]))
    await sharded.split(2)
    for (let i = 0; i < 30; i++) await change()
    await suite.shop.run([raw])
    for (const [id, texts] of log) {
      const before = begin.get(id) ?? []
      expect((await seen('raw.later')).get(id) ?? []).toEqual([...before, ...texts.slice(known.get(id) ?? 0)])
    }
  })

  test('killed runs leave nothing behind: each change is there once', async () => {
    await suite.tables.create('killed', 'NEW_AND_OLD_IMAGES')
    const { change, log } = changer('killed')
    const script = new URL('one-run.ts', import.meta.url).pathname
    const args = [script, suite.tables.endpoint, 'killed', suite.shop.folder]
    let killed = 0
    let finished = 0
    // The first run is of an empty table and ends, so that all changes are in the history.
    for (let turn = 0; turn < 8; turn++) {
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'ignore', 'inherit'] })
      const ended = once(child, 'exit')
      const afterMs = turn === 0 || turn === 7 ? 120_000 : 300 + turn * 300
      const timer = new AbortController()
      const killer = sleep(afterMs, undefined, { signal: timer.signal })
        .then(() => child.kill('SIGKILL'))
        .catch(() => undefined)
      if (turn > 0 && turn < 7) for (let i = 0; i < 12; i++) await change()
      const [code] = (await ended) as [number | null]
      timer.abort()
      await killer
      if (code === null) killed++
      else {
        expect(code).toBe(0)
        finished++
      }
    }
    expect(finished).toBeGreaterThanOrEqual(2)
    expect(killed).toBeGreaterThan(0)
    expect(await seen('raw.killed')).toEqual(log)
  }, 180_000)
})
