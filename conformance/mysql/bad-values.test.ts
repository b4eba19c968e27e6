import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { openLake } from '../../packages/etl/src/lake/index.ts'
import { missingMariadb } from '../../tools/peers/mariadb.ts'
import { openWorkplace } from '../cli/securecart.ts'
import { start } from '../crash/process.ts'
import { openDatabase } from './database.ts'

const missing = missingMariadb()
const rows = Number(process.env['BAD_ROWS'] ?? 200_000)
const cli = fileURLToPath(new URL('../../packages/etl/bin/securecart.js', import.meta.url))

const config = (port: number, policy: string): string => `
import { date, defineConfig, int64, mysql, mysqlServer, table, timestamp } from '@securecart/etl'
const shop = mysqlServer({ host: '127.0.0.1', port: ${port}, user: 'root', database: 'shop' })
const columns = { id: int64({ required: true }), day: date(), at: timestamp() }
const bad = table('raw.bad', { from: mysql(shop, { table: 'bad', columns, zeroDates: '${policy}' }) })
export default defineConfig({ lake: './lake-${policy}', pipelines: [bad] })
`

/** The most memory that a process has had, in bytes. */
function peakOf(pid: number | undefined): number {
  try {
    const [, kilobytes = '0'] = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
    return Number(kilobytes) * 1024
  } catch {
    return 0
  }
}

test.skipIf(missing !== undefined || process.platform !== 'linux').each(['reject', 'null'] as const)(
  `${rows} dates that are none, zeroDates: %s, are told in few words and in little memory${missing === undefined ? '' : ` (${missing})`}`,
  { timeout: 60 * 60_000 },
  async (policy) => {
    await using db = await openDatabase()
    await using at = await openWorkplace()
    await db.run(
      `set sql_mode = ''`,
      'create table bad (id int primary key, day date, at datetime)',
      `insert into bad select seq, elt(1 + seq % 3, '0000-00-00', '2024-00-15', '2024-02-00'), elt(1 + seq % 2, '2024-01-01', '0000-00-00')
        from seq_1_to_${rows}`,
      // A day of the year 0 is one that MySQL knows, and nobody else.
      `insert into bad values (${rows + 1}, '0000-12-19', '2024-01-01')`,
    )
    await writeFile(path.join(at.folder, 'securecart.config.ts'), config(db.mariadb.port, policy))
    const running = start(cli, [
      'run',
      '--project',
      at.folder,
      '--json',
      '--memory',
      '512MB',
      '--threads',
      '1',
    ])
    let peak = 0
    const watch = setInterval(() => (peak = Math.max(peak, peakOf(running.child.pid))), 50)
    const ended = await running.ended
    clearInterval(watch)
    expect(ended.code, ended.stderr.slice(0, 2_000)).toBe(0)
    expect(ended.stdout.length + ended.stderr.length).toBeLessThan(16_384)
    const [table] = (JSON.parse(ended.stdout) as { tables: { counts: Record<string, number> }[] }).tables
    const wanted = policy === 'reject' ? { written: 0, rejected: rows + 1 } : { written: rows, rejected: 1 }
    expect(table?.counts).toMatchObject({ read: rows + 1, ...wanted })
    await using lake = await openLake({ folder: path.join(at.folder, `lake-${policy}`) })
    const kept = (await (await lake.load('raw.bad$rejected'))?.files()) ?? []
    expect(kept.reduce((sum, file) => sum + file.rows, 0)).toBe(wanted.rejected)
    process.stdout.write(`bad dates, ${policy}: ${rows} rows, peak ${Math.round(peak / 2 ** 20)} MiB\n`)
    expect(peak).toBeGreaterThan(2 ** 26)
    expect(peak).toBeLessThan(2 ** 30)
  },
)
