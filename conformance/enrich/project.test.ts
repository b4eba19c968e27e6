import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import {
  asOf,
  bool,
  convertCurrency,
  csv,
  date,
  decimal,
  dedupe,
  geolocate,
  history,
  int64,
  lookup,
  mmdb,
  table,
  text,
  timestamp,
} from '../../packages/etl/src/index.ts'
import { realData } from '../connector/read-source.ts'
import { openWorkshop, story } from '../run/workshop.ts'

const data = await realData()

function project(folder: string) {
  const delivered = <C extends Parameters<typeof csv>[1]['columns']>(name: string, columns: C) =>
    csv(join(folder, `in/${name}/*.csv`), { columns })
  const networks = table('raw.networks', {
    from: mmdb(join(folder, 'geo/*.mmdb'), {
      columns: { country: text({ from: '$.country.iso_code' }) },
      onChangedFile: 'reload',
    }),
  })
  const rates = table('raw.rates', {
    from: delivered('rates', { currency: text(), date: date(), rate: decimal(12, 6) }),
  })
  const states = table('raw.states', {
    from: delivered('states', {
      customer: int64({ required: true }),
      tier: text(),
      at: timestamp({ format: 'yyyy-MM-dd HH:mm:ss' }),
      gone: bool(),
    }),
  })
  const orders = table('raw.orders', {
    from: delivered('orders', {
      id: int64({ required: true }),
      customer: int64(),
      ip: text(),
      total: decimal(18, 2),
      currency: text(),
      at: timestamp({ format: 'yyyy-MM-dd HH:mm:ss' }),
    }),
  })
  const versions = table('dim.customer_history', {
    from: states.pipe(history({ by: ['customer'], at: 'at', deleted: 'gone' })),
  })
  const current = table('dim.customers', {
    from: states.pipe(dedupe({ by: ['customer'], keep: 'last', order: ['at'] })),
  })
  const enriched = table('sales.orders', {
    from: orders.pipe(
      geolocate(networks, { ip: 'ip', keep: ['country'] }),
      asOf(versions, { at: 'at', on: ['customer'], keep: ['tier'], prefix: 'then_' }),
      lookup(current, { on: ['customer'], keep: ['tier'], prefix: 'now_' }),
      convertCurrency(rates, {
        amount: 'total',
        currency: 'currency',
        at: 'at',
        to: 'EUR',
        as: 'total_eur',
        quote: 'indirect',
        lastKnownDays: 4,
        missing: 'reject',
      }),
    ),
  })
  const strict = table('sales.strict', {
    from: orders.pipe(
      convertCurrency(rates, {
        amount: 'total',
        currency: 'currency',
        at: 'at',
        to: 'EUR',
        as: 'total_eur',
        missing: 'reject',
      }),
    ),
    maxRejected: 0,
  })
  return { tables: [networks, rates, states, orders, versions, current, enriched], strict }
}

describe.skipIf(data === undefined)(
  `a project${data === undefined ? ' (no real data on this machine)' : ''}`,
  () => {
    test('places, prices and dimensions follow what is delivered, and nothing is built without need', async () => {
      await using shop = await openWorkshop('enrich-project-')
      const suite = join(data ?? '', 'geoip-maxmind-test')
      await mkdir(join(shop.folder, 'geo'))
      await copyFile(join(suite, 'GeoIP2-Country-Test.mmdb'), join(shop.folder, 'geo/country.mmdb'))
      await shop.deliver('rates/1.csv', ['currency,date,rate', 'USD,2024-01-05,1.250000'])
      await shop.deliver('states/1.csv', [
        'customer,tier,at,gone',
        '7,basic,2024-01-01 00:00:00,false',
        '7,gold,2024-01-07 00:00:00,false',
      ])
      await shop.deliver('orders/1.csv', [
        'id,customer,ip,total,currency,at',
        '1,7,81.2.69.142,10.00,USD,2024-01-06 12:00:00',
        '2,7,2001:218::1,10.00,EUR,2024-01-07 00:00:00',
        '3,8,192.168.1.1,10.00,USD,2024-01-06 12:00:00',
        '4,7,81.2.69.142,10.00,GBP,2024-01-06 12:00:00',
      ])
      const { tables, strict } = project(shop.folder)
      const first = await shop.run(tables)
      expect(first.by.get('sales.orders')?.counts).toMatchObject({ read: 4, written: 3, rejected: 1 })
      const at = '2024-01-06T12:00:00.000000'
      expect(await shop.rows('sales.orders')).toEqual([
        `["1","7","81.2.69.142","10.00","USD","${at}","GB","basic","gold","8.00"]`,
        '["2","7","2001:218::1","10.00","EUR","2024-01-07T00:00:00.000000","JP","gold","gold","10.00"]',
        `["3","8","192.168.1.1","10.00","USD","${at}",null,null,null,"8.00"]`,
      ])
      expect(story(await shop.run(tables)).every((line) => / (unchanged|none)\b/.test(line))).toBe(true)

      const failed = await shop.run([...tables, strict])
      const refused = failed.by.get('sales.strict')?.error
      expect(refused?.code).toBe('run.too-many-rejects')
      expect(refused?.message).toContain('3 of 4 records were rejected')

      await shop.deliver('states/2.csv', [
        'customer,tier,at,gone',
        '7,silver,2024-01-06 00:00:00,false',
        '8,basic,2024-01-02 00:00:00,false',
      ])
      await shop.run(tables)
      expect(await shop.rows('dim.customer_history')).toEqual([
        '["7","basic","2024-01-01T00:00:00.000000","2024-01-06T00:00:00.000000",false]',
        '["7","gold","2024-01-07T00:00:00.000000",null,true]',
        '["7","silver","2024-01-06T00:00:00.000000","2024-01-07T00:00:00.000000",false]',
        '["8","basic","2024-01-02T00:00:00.000000",null,true]',
      ])
      const rows = await shop.rows('sales.orders')
      expect(rows[0]).toContain('"silver","gold","8.00"')
      expect(rows[2]).toContain('null,"basic","basic","8.00"')

      const changed = await readFile(join(suite, 'GeoLite2-Country-Test.mmdb'))
      await writeFile(join(shop.folder, 'geo/country.mmdb'), changed)
      const reloaded = await shop.run(tables)
      expect(reloaded.by.get('raw.networks')?.counts).toMatchObject({ written: 244, rejected: 0 })
      expect((await shop.rows('sales.orders'))[0]).toContain('"GB","silver"')
    }, 120_000)
  },
)
