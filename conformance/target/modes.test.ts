import { expect, test } from 'vitest'
import {
  csv,
  date,
  decimal,
  dedupe,
  int64,
  month,
  table,
  target,
  type TargetDeclaration,
  text,
} from '../../packages/etl/src/index.ts'
import type { TargetReport } from '../../packages/etl/src/run/report.ts'
import { onWarehouses } from './on-warehouses.ts'

const columns = {
  id: int64({ required: true }),
  region: text(),
  day: date({ format: 'yyyy-MM-dd' }),
  amount: decimal(10, 2),
  seen: int64(),
}
const header = 'id,region,day,amount,seen'
const raw = table('raw.orders', { from: csv('in/*.csv', { columns, onChangedFile: 'reload' }) })

const told = (r: TargetReport | undefined): string =>
  r === undefined
    ? 'nothing'
    : `${r.outcome === 'delivered' ? r.action : r.outcome}: ${r.error === undefined ? r.reasons.join(', ') : `${r.error.code} ${r.error.message}`}`

const counted = (r: TargetReport | undefined): unknown =>
  Object.fromEntries(Object.entries(r?.counts ?? {}).filter(([, n]) => n !== 0))

onWarehouses('targets', (on) => {
  const { newName, deliver } = on
  const rows = (t: TargetDeclaration, list = '*'): Promise<readonly string[]> =>
    on.warehouse.query(`SELECT ${list} FROM ${t.name} ORDER BY 1, 2, 3`)

  test('append adds what is new, and nothing twice', async () => {
    await on.at.deliver('1.csv', [header, '1,EU,2024-01-05,1.50,1', '2,US,2024-02-05,2.50,1'])
    const t = target(newName(), { from: raw, to: on.warehouse.declared, mode: 'append' })
    expect(told(await deliver(t))).toBe('full: new target')
    expect(told(await deliver(t))).toBe('unchanged: nothing new')
    await on.at.deliver('2.csv', [header, '3,EU,2024-03-05,3.50,2'])
    const second = await deliver(t)
    expect(told(second)).toBe('append: raw.orders changed')
    expect(counted(second)).toEqual({ read: 1, inserted: 1 })
    expect(await rows(t)).toEqual([
      '1|EU|2024-01-05|1.50|1',
      '2|US|2024-02-05|2.50|1',
      '3|EU|2024-03-05|3.50|2',
    ])
  })

  test('append refuses a rewritten table until a full refresh is asked for', async () => {
    await on.at.deliver('1.csv', [header, '1,EU,2024-01-05,1.50,1'])
    const t = target(newName(), { from: raw, to: on.warehouse.declared, mode: 'append' })
    await deliver(t)
    await on.at.deliver('1.csv', [header, '1,EU,2024-01-05,9.00,1'])
    const refused = await deliver(t)
    expect(refused.error?.code).toBe('target.rewritten')
    expect(await rows(t)).toEqual(['1|EU|2024-01-05|1.50|1'])
    expect(told(await deliver(t, { full: true }))).toBe('full: a full refresh was asked for')
    expect(await rows(t)).toEqual(['1|EU|2024-01-05|9.00|1'])
  })

  test('merge keeps the newest row of each key', async () => {
    await on.at.deliver('1.csv', [
      header,
      '1,EU,2024-01-05,1.50,1',
      '2,US,2024-02-05,2.50,5',
      '1,EU,2024-01-05,1.75,2',
    ])
    const t = target(newName(), {
      from: raw,
      to: on.warehouse.declared,
      mode: 'merge',
      key: ['id'],
      order: ['seen'],
      indexes: [['region'], ['day', 'region']],
    })
    const first = await deliver(t)
    expect(counted(first)).toEqual({ read: 3, inserted: 2, superseded: 1 })
    await on.at.deliver('2.csv', [header, '2,US,2024-02-05,0.00,4', '1,EU,,1.80,3', '3,,2024-02-05,7.00,1'])
    const second = await deliver(t)
    expect(told(second)).toBe('merge: raw.orders changed')
    expect(counted(second)).toEqual({ read: 3, inserted: 1, updated: 1, superseded: 1 })
    const merged = ['1|EU|NULL|1.80|3', '2|US|2024-02-05|2.50|5', '3|NULL|2024-02-05|7.00|1']
    expect(await rows(t)).toEqual(merged)
    await deliver(t, { full: true })
    expect(await rows(t)).toEqual(merged)
  })

  test('merge refuses two rows of one key, and rows without one', async () => {
    await on.at.deliver('1.csv', [header, '1,EU,2024-01-05,1.50,1', '1,US,2024-02-05,2.50,1'])
    const from = raw
    const t = target(newName(), { from, to: on.warehouse.declared, mode: 'merge', key: ['id'] })
    expect((await deliver(t)).error?.code).toBe('target.key')
    const u = target(newName(), {
      from,
      to: on.warehouse.declared,
      mode: 'merge',
      key: ['id'],
      order: ['seen'],
    })
    expect((await deliver(u)).error?.code).toBe('target.key')
    await on.at.deliver('1.csv', [header, '1,EU,2024-01-05,1.50,1', '2,,2024-02-05,2.50,1'])
    const v = target(newName(), { from, to: on.warehouse.declared, mode: 'merge', key: ['region'] })
    expect((await deliver(v)).error?.code).toBe('target.key')
  })

  test('when the table was rewritten, replace is built anew and merge takes the keys that changed', async () => {
    await on.at.deliver('1.csv', [header, '1,EU,2024-01-05,1.50,1', '2,US,2024-02-05,2.50,1'])
    const orders = table('sales.orders', {
      from: raw.pipe(dedupe({ by: ['id'], keep: 'last', order: ['seen'] })),
      key: ['id'],
    })
    const t = target(newName(), {
      from: orders,
      to: on.warehouse.declared,
      mode: 'merge',
      key: ['id'],
      indexes: [['region']],
    })
    const u = target(newName(), { from: orders, to: on.warehouse.declared, mode: 'replace' })
    const both = { targets: [t, u] }
    await on.at.run([raw, orders], both)
    await on.at.deliver('2.csv', [header, '2,US,2024-02-05,3.50,2', '3,EU,2024-03-05,3.50,2'])
    const report = await on.at.run([raw, orders], both)
    expect(report.targets.map(told)).toEqual([
      'merge: sales.orders changed, sales.orders was rewritten',
      'full: sales.orders changed',
    ])
    expect(counted(report.targets[0])).toEqual({ read: 2, inserted: 1, updated: 1 })
    const want = ['1|EU|2024-01-05|1.50|1', '2|US|2024-02-05|3.50|2', '3|EU|2024-03-05|3.50|2']
    expect(await rows(t)).toEqual(want)
    expect(await rows(u)).toEqual(want)
  })

  test('keys that are gone from the table, or fell back to an older row, are so in a merge target', async () => {
    const lines = (...ids: readonly number[]): readonly string[] => [
      header,
      ...ids.map((id) => `${id},EU,2024-01-05,${id}.50,1`),
    ]
    await on.at.deliver('1.csv', lines(1, 2, 3, 4, 5))
    await on.at.deliver('2.csv', [header, '1,US,,0.00,9', '6,US,,6.00,9'])
    const t = target(newName(), {
      from: raw,
      to: on.warehouse.declared,
      mode: 'merge',
      key: ['id'],
      order: ['seen'],
      indexes: [['region']],
    })
    await deliver(t)
    // A file that changed makes the table be read anew: 2 and 3 are gone, 1 is what it was before its newer row.
    await on.at.deliver('1.csv', [...lines(1, 4, 5), '7,EU,2024-01-05,7.50,1'])
    await on.at.deliver('2.csv', [header, '6,US,,6.50,1'])
    const second = await deliver(t)
    expect(told(second)).toBe('merge: raw.orders changed, raw.orders was rewritten')
    expect(counted(second)).toEqual({ read: 3, inserted: 1, updated: 2, deleted: 2 })
    const want = ['1|EU|1.50', '4|EU|4.50', '5|EU|5.50', '6|US|6.50', '7|EU|7.50']
    expect(await rows(t, 'id, region, amount')).toEqual(want)
    expect(told(await deliver(t))).toBe('unchanged: nothing new')
    // Most rows gone at once is refused, as in a full refresh.
    await on.at.deliver('1.csv', lines(1))
    const refused = await deliver(t)
    expect(refused.error?.code).toBe('target.shrinks')
    expect(await rows(t, 'id, region, amount')).toEqual(want)
    await deliver(t, { full: true })
    expect(await rows(t, 'id, region, seen')).toEqual(['1|EU|1', '6|US|1'])
    // A state that has expired has nothing to be compared with.
    await on.at.deliver('1.csv', lines(1, 2))
    await on.at.run([raw])
    await on.at.maintain('raw.orders', 1)
    const after = await deliver(t)
    expect(told(after)).toContain('the delivered snapshot has expired')
    expect(await rows(t, 'id, region, seen')).toEqual(['1|EU|1', '2|EU|1', '6|US|1'])
  })

  test('merge of rows that are nothing but a key', async () => {
    const from = table('raw.ids', { from: csv('in/*.csv', { columns: { id: int64(), region: text() } }) })
    await on.at.deliver('1.csv', ['id,region', '1,EU', '2,US'])
    const key = ['id', 'region'] as const
    const t = target(newName(), { from, to: on.warehouse.declared, mode: 'merge', key })
    await deliver(t)
    await on.at.deliver('2.csv', ['id,region', '2,US', '2,EU'])
    expect(counted(await deliver(t))).toEqual({ read: 2, inserted: 1, unchanged: 1 })
    expect(await rows(t, 'id, region, 0')).toEqual(['1|EU|0', '2|EU|0', '2|US|0'])
  })

  test('a row without a key that came by a rewrite is refused', async () => {
    const optional = { ...columns, id: int64() }
    const from = table('raw.loose', {
      from: csv('in/*.csv', { columns: optional, onChangedFile: 'reload' }),
    })
    await on.at.deliver('1.csv', [header, '1,EU,2024-01-05,1.50,1', '2,EU,2024-01-05,2.50,1'])
    const t = target(newName(), { from, to: on.warehouse.declared, mode: 'merge', key: ['id'] })
    await deliver(t)
    await on.at.deliver('1.csv', [header, '1,EU,2024-01-05,1.50,1', ',EU,2024-01-05,2.50,1'])
    expect((await deliver(t)).error?.code).toBe('target.key')
    expect(await rows(t, 'id, region, seen')).toEqual(['1|EU|1', '2|EU|1'])
  })

  test.for([undefined, 'region', 'day'] as const)(
    'partitions by %s that changed are replaced whole',
    async (by) => {
      await on.at.deliver('1.csv', [header, '1,EU,2024-01-05,1.50,1', '2,US,2024-02-05,2.50,1', '3,,,3.50,1'])
      const from = raw
      const t = target(newName(), {
        from,
        to: on.warehouse.declared,
        mode: by === undefined ? 'append' : 'partition',
        partition: by === 'region' ? 'region' : month('day'),
      })
      await deliver(t)
      await on.at.deliver('2.csv', [header, '4,EU,2024-01-31,4.50,1', '5,,,5.50,1'])
      const second = await deliver(t)
      expect(counted(second)).toEqual(
        by === undefined ? { read: 2, inserted: 2 } : { read: 4, inserted: 4, deleted: 2 },
      )
      expect(await rows(t)).toEqual([
        '1|EU|2024-01-05|1.50|1',
        '2|US|2024-02-05|2.50|1',
        '3|NULL|NULL|3.50|1',
        '4|EU|2024-01-31|4.50|1',
        '5|NULL|NULL|5.50|1',
      ])
      if (by === undefined) return
      await on.at.deliver('1.csv', [header, '1,EU,2024-04-05,1.50,1', '2,US,2024-02-05,2.50,1'])
      expect(told(await deliver(t))).toBe('partition: raw.orders changed')
      expect(await rows(t, 'id, region, day')).toEqual([
        '1|EU|2024-04-05',
        '2|US|2024-02-05',
        '4|EU|2024-01-31',
        '5|NULL|NULL',
      ])
    },
  )

  test('history keeps every version', async () => {
    await on.at.deliver('1.csv', [header, '1,EU,2024-01-05,1.50,1', '2,US,2024-02-05,2.50,1'])
    const t = target(newName(), {
      from: raw,
      to: on.warehouse.declared,
      mode: 'history',
      key: ['id'],
    })
    await deliver(t)
    await on.at.deliver('1.csv', [
      header,
      '1,EU,2024-01-05,1.50,1',
      '2,EU,2024-02-05,2.50,2',
      '3,EU,2024-03-05,1.00,1',
    ])
    const second = await deliver(t)
    expect(told(second)).toBe('history: raw.orders changed, raw.orders was rewritten')
    expect(counted(second)).toEqual({ read: 3, inserted: 1, updated: 1, unchanged: 1 })
    await on.at.deliver('1.csv', [header, '2,EU,2024-02-05,2.50,2'])
    const third = await deliver(t)
    expect(counted(third)).toEqual({ read: 1, deleted: 2, unchanged: 1 })
    await on.at.deliver('2.csv', [header, '1,US,2024-01-05,1.50,3'])
    expect(told(await deliver(t))).toBe('history: raw.orders changed')
    expect(
      (
        await rows(
          t,
          'id, region, seen, valid_to IS NULL, is_current, valid_from < coalesce(valid_to, now())',
        )
      ).map((r) => r.replaceAll(/\bt\b/g, 'true').replaceAll(/\bf\b/g, 'false')),
    ).toEqual([
      '1|EU|1|false|false|true',
      '1|US|3|true|true|true',
      '2|EU|2|true|true|true',
      '2|US|1|false|false|true',
      '3|EU|1|false|false|true',
    ])
    const [gaps] = await on.warehouse.query(
      `SELECT count(*) FROM (SELECT valid_to, lead(valid_from) OVER (PARTITION BY id ORDER BY valid_from) AS next FROM ${t.name}) v WHERE next < valid_to`,
    )
    expect(gaps).toBe('0')
  })

  test('a full refresh that would take most rows away is refused unless asked for', async () => {
    await on.at.deliver('1.csv', [header, ...[1, 2, 3, 4].map((n) => `${n},EU,2024-01-05,1.50,1`)])
    const t = target(newName(), { from: raw, to: on.warehouse.declared, mode: 'replace' })
    await deliver(t)
    await on.at.deliver('1.csv', [header, '1,EU,2024-01-05,1.50,1'])
    expect((await deliver(t)).error?.code).toBe('target.shrinks')
    expect(await rows(t)).toHaveLength(4)
    await deliver(t, { full: true })
    expect(await rows(t)).toHaveLength(1)
  })
})
