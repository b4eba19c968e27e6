import { expect, test } from 'vitest'
import {
  type ColumnSpec,
  decimal,
  int32,
  int64,
  int8,
  text,
} from '../../packages/etl/src/connector/column.ts'
import { csv, table, target, type TargetDeclaration } from '../../packages/etl/src/index.ts'
import { onWarehouses } from './on-warehouses.ts'

const tableOf = (columns: Record<string, ColumnSpec>) =>
  table('raw.things', { from: csv('in/*.csv', { columns, onChangedFile: 'reload' }) })

onWarehouses('columns that change', (on) => {
  const { kind, newName, deliver } = on
  const columnsIn = (t: TargetDeclaration): Promise<readonly string[]> =>
    on.warehouse.query(
      `SELECT column_name, lower(data_type), numeric_precision FROM information_schema.columns WHERE table_name = '${t.name.slice(3)}' ORDER BY ordinal_position`,
    )

  test('columns are added and widened, and stay when they are dropped', async () => {
    const at1 = { id: int64({ required: true }), n: int32(), price: decimal(6, 2), gone: text() }
    const at2 = { id: int64({ required: true }), n: int64(), price: decimal(12, 2), extra: text() }
    const to = on.warehouse.declared
    const kinds = { mode: 'merge', key: ['id'], indexes: [['n']] } as const
    const bi = newName()
    await on.at.deliver('1.csv', ['id,n,price,gone,extra', '1,5,1.50,old,x', '2,6,2.50,old,y'])
    await deliver(target(bi, { from: tableOf(at1), to, ...kinds }) as TargetDeclaration)
    await on.at.deliver('2.csv', ['id,n,price,gone,extra', '3,9000000000,9999999999.99,new,z'])
    const t = target(bi, { from: tableOf(at2), to, ...kinds }) as TargetDeclaration
    const second = await deliver(t)
    expect(second.error).toBeUndefined()
    expect(await on.warehouse.query(`SELECT id, n, price, extra FROM ${bi} ORDER BY id`)).toEqual([
      '1|5|1.50|x',
      '2|6|2.50|y',
      '3|9000000000|9999999999.99|z',
    ])
    expect((await columnsIn(t)).map((c) => c.split('|')[0]).toSorted()).toEqual([
      'extra',
      'gone',
      'id',
      'n',
      'price',
    ])
    expect(await on.warehouse.query(`SELECT count(gone) FROM ${bi}`)).toEqual([
      second.action === 'full' ? '0' : '2',
    ])
    const dropping = target(bi, { from: tableOf(at2), to, ...kinds, removedColumns: 'drop' })
    await deliver(dropping as TargetDeclaration, { full: true })
    expect((await columnsIn(t)).map((c) => c.split('|')[0])).toEqual(['id', 'n', 'price', 'extra'])
  })

  test.for([true, false])(
    'a column that comes back holds nothing of what it held (delivered without it: %s)',
    async (isDelivered) => {
      const id = int64({ required: true })
      const kinds = { to: on.warehouse.declared, mode: 'merge', key: ['id'] } as const
      const bi = newName()
      const of = (columns: Record<string, ColumnSpec>): TargetDeclaration =>
        target(bi, { from: tableOf(columns), ...kinds }) as TargetDeclaration
      await on.at.deliver('1.csv', ['id,c,d', '1,old,new', '2,old,'])
      await deliver(of({ id, c: text() }))
      const without = of({ id })
      if (isDelivered) await deliver(without)
      else await on.at.run([without.from])
      const back = await deliver(of({ id, c: text({ from: 'd' }) }))
      expect(back.error).toBeUndefined()
      expect(await on.warehouse.query(`SELECT id, c FROM ${bi} ORDER BY id`)).toEqual(['1|new', '2|NULL'])
    },
  )

  test('a history goes on in the changed columns', async () => {
    const to = on.warehouse.declared
    const kinds = { mode: 'history', key: ['id'], indexes: [['n']] } as const
    const bi = newName()
    const lines = ['id,n,gone,extra', '1,5,old,x', '2,6,old,y']
    await on.at.deliver('1.csv', lines)
    const before = tableOf({ id: int64({ required: true }), n: int32(), gone: text() })
    await deliver(target(bi, { from: before, to, ...kinds }) as TargetDeclaration)
    const after = tableOf({ id: int64({ required: true }), n: int64(), extra: text() })
    await on.at.deliver('1.csv', ['id,n,gone,extra', '1,9000000000,new,x', '2,6,new,'])
    const second = await deliver(target(bi, { from: after, to, ...kinds }) as TargetDeclaration)
    expect([second.action, second.error]).toEqual(['history', undefined])
    expect(await on.warehouse.query(`SELECT id, n, gone, extra FROM ${bi} ORDER BY id, valid_from`)).toEqual([
      '1|5|old|NULL',
      '1|9000000000|NULL|x',
      '2|6|old|NULL',
    ])
    const again = target(bi, { from: after, to, ...kinds, mode: 'append', key: [] } as never)
    expect((await deliver(again)).error?.code).toBe('target.rewritten')
  })

  test('an index that is declared is made, one that is no longer is dropped; DuckDB and Redshift have none', async () => {
    const from = tableOf({ id: int64({ required: true }), n: int8(), m: text() })
    const bi = newName()
    const indexes = async (): Promise<number> =>
      Number(
        (
          await on.warehouse.query(
            kind === 'DuckDB'
              ? `SELECT count(*) FROM duckdb_indexes() WHERE table_name = '${bi.slice(3)}'`
              : `SELECT count(*) FROM pg_indexes WHERE tablename = '${bi.slice(3)}'`,
          )
        )[0],
      )
    await on.at.deliver('1.csv', ['id,n,m', '1,-128,a'])
    const to = on.warehouse.declared
    await deliver(target(bi, { from, to, mode: 'append', indexes: [['n']] }))
    expect(await indexes()).toBe(kind !== 'PostgreSQL' ? 0 : 1)
    const more = await deliver(target(bi, { from, to, mode: 'append', indexes: [['n'], ['m', 'n']] }))
    expect(more.reasons).toEqual(['the indexes changed'])
    expect(await indexes()).toBe(kind !== 'PostgreSQL' ? 0 : 2)
    await deliver(target(bi, { from, to, mode: 'append', indexes: [['m', 'n']] }))
    expect(await indexes()).toBe(kind !== 'PostgreSQL' ? 0 : 1)
    expect(await on.warehouse.query(`SELECT id, n, m FROM ${bi}`)).toEqual(['1|-128|a'])
  })
})
