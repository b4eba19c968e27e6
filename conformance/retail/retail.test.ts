import { cp, mkdir, mkdtemp, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openLake } from '../../packages/etl/src/lake/index.ts'
import { expectEqual, tables } from './compare.ts'
import {
  project,
  referenceOf,
  type ReportedTable,
  reported,
  retailData,
  rowsOf,
  securecart,
  skipReason,
} from './retail.ts'

interface Report {
  readonly tables: readonly ReportedTable[]
}

interface Plan {
  readonly tables: readonly { readonly table: string; readonly action: string; readonly files: number }[]
}

const header = 'InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country'

const linesOf = (report: Report): ReportedTable | undefined =>
  report.tables.find((t) => t.table === 'sales.invoice_lines')

describe.skipIf(skipReason !== undefined)(`examples/retail on December 2010${skipReason ?? ''}`, () => {
  let folder = ''
  let data = ''
  let lake = ''
  const run = (): Promise<Report> =>
    reported<Report>(['run', '--project', project, '--var', `data=${data}`, '--lake', lake], folder)

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'retail-'))
    data = join(folder, 'data')
    lake = join(folder, 'lake')
    await cp(retailData, data, { recursive: true })
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  test('the documented command gives what Python computes, row for row and to the cent', async () => {
    const outcome = await securecart(
      ['run', '--project', project, '--var', `data=${data}`, '--lake', lake],
      folder,
    )
    expect([outcome.code, outcome.stderr.includes('error')]).toEqual([0, false])
    const reference = await referenceOf(data)
    expect(reference.read).toBe(42_481)
    await expectEqual(lake, reference)
  })

  test('a second run has nothing to read, and so says the plan', async () => {
    const plan = await reported<Plan>(
      ['plan', '--project', project, '--var', `data=${data}`, '--lake', lake],
      folder,
    )
    expect(plan.tables.map((t) => [t.table, t.action, t.files]).toSorted()).toEqual(
      tables.map((t) => [t, 'none', 0]).toSorted(),
    )
    const report = await run()
    expect(report.tables.map((t) => [t.table, t.outcome, t.counts]).toSorted()).toEqual(
      tables.map((t) => [t, 'unchanged', undefined]).toSorted(),
    )
  })

  test('paths relative to the caller mean the same files and the same lake', async () => {
    const relatively = ['run', '--project', relative(folder, project), '--var', 'data=data', '--lake']
    const known = await reported<Report>([...relatively, 'lake'], folder)
    expect(known.tables.map((t) => t.outcome)).toEqual(tables.map(() => 'unchanged'))
    const anew = await reported<Report>([...relatively, 'lake-anew'], folder)
    expect(linesOf(anew)?.counts).toMatchObject({ read: 42_481, written: 42_481 })
    expect(await rowsOf(join(folder, 'lake-anew'), 'mart.revenue_by_country')).toHaveLength(24)
  })

  test('a touched file is not read again', async () => {
    await utimes(join(data, '2010-12-01.csv'), new Date(), new Date())
    const report = await run()
    expect(report.tables.map((t) => t.outcome)).toEqual(tables.map(() => 'unchanged'))
  })

  test('of an added file only its rows are read', async () => {
    const content = await readFile(join(data, '2010-12-08.csv'), 'utf8')
    const [, ...lines] = content.split('\n').filter((line) => line !== '')
    // Every second line again under another invoice number, the others as they are: new rows and duplicates.
    const added = lines.map((line, i) => (i % 2 === 0 ? line.replace(/^C?\d/, 'C9') : line))
    const text = [
      header,
      ...added,
      '"X1","Q","a ""quoted"", spread\nover lines",-1,2011-01-31 23:59:59,0.001,,EIRE',
      '',
    ].join('\n')
    await writeFile(join(data, '2011-01-01.csv'), text)
    const report = await run()
    const found = linesOf(report)
    expect([found?.action, found?.reasons, found?.counts?.['read'], found?.counts?.['written']]).toEqual([
      'append',
      ['1 new file'],
      added.length + 1,
      added.length + 1,
    ])
    expect(report.tables.map((t) => [t.table, t.action]).toSorted()).toEqual(
      tables
        .map((t) => [t, t.startsWith('mart.') ? 'full' : t.endsWith('unique') ? 'merge' : 'append'])
        .toSorted(),
    )
    const reference = await referenceOf(data)
    expect(reference.tables['mart.revenue_by_month']).toHaveLength(2)
    await expectEqual(lake, reference)
  })

  test('malformed lines go to the rejected table with file, line, reason and text; the rest arrives', async () => {
    const reference = await referenceOf(data)
    const good = '900001,P1,good,2,2010-12-30 10:00:00,1.25,17850.0,France'
    const bad = [
      ['900002,P1,quantity,two,2010-12-30 10:00:00,1.25,17850.0,France', 3],
      ['900003,P1,price,2,2010-12-30 10:00:00,1.2345,17850.0,France', 4],
      ['900004,P1,date,2,30/12/2010,1.25,17850.0,France', 5],
      ['900005,P1,too few,2', 6],
      [',P1,no invoice,2,2010-12-30 10:00:00,1.25,17850.0,France', 8],
    ] as const
    const at = (line: number): string => bad.find(([, n]) => n === line)?.[0] ?? good
    const text = [header, ...[2, 3, 4, 5, 6, 7, 8, 9].map(at), ''].join('\n')
    await writeFile(join(data, '2011-01-02.csv'), text)
    const counts = linesOf(await run())?.counts
    expect(counts).toMatchObject({ read: 8, written: 3, rejected: 5, filtered: 0 })
    const rejected = await rowsOf(lake, 'sales.invoice_lines$rejected')
    expect(rejected.map(([, , source, line, , original]) => [source, line, original]).toSorted()).toEqual(
      bad.map(([record, line]) => [join(data, '2011-01-02.csv'), String(line), record]),
    )
    expect(rejected.map(([rule, reason]) => [rule !== null, (reason ?? '').length > 10])).toEqual(
      bad.map(() => [true, true]),
    )
    expect(await rowsOf(lake, 'sales.invoice_lines')).toHaveLength(reference.read + 3)
  })

  test('`maxRejected` stops a run before it publishes', async () => {
    const strict = join(fileURLToPath(new URL('../../tmp/', import.meta.url)), `retail-strict-${process.pid}`)
    await mkdir(strict, { recursive: true })
    try {
      await symlink(project, join(strict, 'retail'))
      await writeFile(
        join(strict, 'securecart.config.ts'),
        `import { defineConfig } from '@securecart/etl'
         import { invoiceLines } from './retail/pipelines.ts'
         export default defineConfig({ lake: 'lake', pipelines: [{ lines: { ...invoiceLines, maxRejected: 4 } }] })`,
      )
      const before = await currentSnapshot()
      await writeFile(join(data, '2011-01-03.csv'), `${header}\n${'too,few\n'.repeat(5)}`)
      const args = ['run', '--project', strict, '--var', `data=${data}`, '--lake', lake]
      const report = await reported<Report>(args, folder, 1)
      expect(report.tables.map((t) => [t.outcome, t.error?.code])).toEqual([
        ['failed', 'run.too-many-rejects'],
      ])
      expect(await currentSnapshot()).toEqual(before)
      // Nothing was taken: the same file is read when the limit allows it.
      expect(linesOf(await run())?.counts).toMatchObject({ read: 5, written: 0, rejected: 5 })
      expect(await rowsOf(lake, 'sales.invoice_lines$rejected')).toHaveLength(10)
    } finally {
      await rm(strict, { recursive: true, force: true })
    }
  })

  async function currentSnapshot(): Promise<unknown> {
    await using opened = await openLake({ folder: lake })
    const names = ['sales.invoice_lines', 'sales.invoice_lines$rejected']
    return Promise.all(names.map(async (name) => (await opened.load(name))?.current?.id))
  }
})
