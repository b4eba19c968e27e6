import { spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { RunReport } from '../../packages/etl/src/run/report.ts'
import { isListening } from '../../tools/peers/ports.ts'
import { compareDelivered, reconcile } from '../../tools/shop/services/compare.ts'
import { projectOptions } from '../../tools/shop/services/print.ts'
import { missingServers, startServers } from '../../tools/shop/services/servers.ts'
import { openShopServices, parts, type ShopServices } from '../../tools/shop/services/shop-services.ts'
import { command, openWorkplace, type Workplace } from '../cli/securecart.ts'
import { compareExpected } from './compare-expected.ts'
import type { Difference } from './compare-rows.ts'

const root = path.resolve(import.meta.dirname, '../..')
const program = path.join(root, 'packages/etl/bin/securecart.js')
const missing = missingServers()
const title = `the shop from databases and services${missing.length === 0 ? '' : ` (needs ${missing.join('; ')})`}`
const seed = Number(process.env['SECURECART_SEED'] ?? randomInt(2 ** 31))

const wrong = (differences: readonly Difference[]): readonly Difference[] =>
  differences.filter((d) => d.rows === 0 || d.unexpected + d.missing > 0)

describe.skipIf(missing.length > 0)(title, () => {
  let at: Workplace
  beforeAll(async () => {
    at = await openWorkplace()
  })
  afterAll(() => at[Symbol.asyncDispose]())

  test('npm run shop:services runs, says how to connect, and takes everything away at Ctrl-C', async () => {
    const folders = ['--data', path.join(at.folder, 'data'), '--lake', path.join(at.folder, 'lake')]
    const args = ['tools/shop-services.ts', '--orders', '400', '--seed', '3', '--keep', ...folders]
    const shop = spawn(process.execPath, args, { cwd: root, env: { ...process.env, NO_COLOR: '1' } })
    const ended = new Promise<number | null>((resolve) => shop.once('close', resolve))
    let told = ''
    shop.stderr.on('data', (chunk: Buffer) => (told += chunk.toString()))
    const lines: string[] = []
    for await (const line of createInterface({ input: shop.stdout })) {
      lines.push(line)
      if (line.startsWith('Ctrl-C ends')) break
    }
    const text = lines.join('\n')
    expect(text === '' ? told : text).toContain('9 of 9 tables of the lake equal the expected answers')
    expect(text).toContain('8 of 8 tables of PostgreSQL equal the expected answers')
    expect(text.match(/3 of 3 answers of PostgreSQL equal those of MariaDB/g)).toHaveLength(2)

    // The commands that it prints work as they are printed.
    const exports = lines.filter((line) => line.startsWith('  export ')).join('\n')
    const commands = lines.filter((line) => line.startsWith('  npx securecart ')).map((line) => line.slice(6))
    const mariadb = lines.find((line) => line.startsWith('  mariadb ')) ?? ''
    const psql = lines.find((line) => line.includes(' psql ')) ?? ''
    const curl = lines.find((line) => line.startsWith('  curl ')) ?? ''
    const bash = async (script: string): Promise<string> => {
      const bins = `${path.join(at.folder, 'node_modules/.bin')}:${path.dirname(process.execPath)}`
      const done = await command('bash', ['-c', `PATH="${bins}:$PATH"\n${exports}\n${script}`], { cwd: root })
      expect(`${script}: ${done.code} ${done.code === 0 ? '' : done.stderr}`).toBe(`${script}: 0 `)
      return done.stdout
    }
    expect(commands.length).toBe(6)
    for (const line of commands) {
      const printed = await bash(line)
      if (line.startsWith('securecart run')) expect(printed).not.toMatch(/append|merge|full|partition/)
      if (line.startsWith('securecart probe')) expect(printed.match(/✓/g)).toHaveLength(9)
    }
    const change = `update orders set status = 'returned', updated_at = '2025-06-01 12:00:00' where order_id = 100001`
    await bash(`${mariadb} -e "${change}"`)
    await bash(commands.find((line) => line.startsWith('securecart run')) ?? '')
    expect(await bash(`${psql} -Atc "select status from bi.orders where order_id = 100001"`)).toBe(
      'returned\n',
    )
    expect(await bash(`${curl} -sf`)).toContain('"rate_to_eur":')

    const ports = [...text.matchAll(/127\.0\.0\.1:(\d+)|mysql_port=(\d+)/g)].map((m) => Number(m[1] ?? m[2]))
    expect(new Set(ports).size).toBe(3)
    shop.kill('SIGINT')
    expect(await ended).toBe(0)
    for (const port of new Set(ports)) expect(await isListening(port)).toBe(false)
  })

  test('what is not installed is named, with the package that has it', async () => {
    const done = await command('/usr/bin/env', ['-i', process.execPath, 'tools/shop-services.ts'], {
      cwd: root,
    })
    expect(done.code).toBe(1)
    expect(done.stderr).toContain('MariaDB: apt-get install mariadb-server')
    expect(done.stderr).toContain('docker compose up --wait && npm run shop:services -- --compose')
  })
})

describe.skipIf(missing.length > 0)(`killed runs of ${title}, seed ${seed}`, () => {
  test('lose and repeat nothing, and each run reads only what is new', async () => {
    console.log(`shop of services: SECURECART_SEED=${seed}`)
    await using stack = new AsyncDisposableStack()
    const folder = await mkdtemp(path.join(tmpdir(), 'shop-services-'))
    stack.defer(() => rm(folder, { recursive: true, force: true }))
    const servers = stack.use(await startServers())
    const data = { folder: path.join(folder, 'data'), orders: 1000, seed: String(seed) }
    const shop: ShopServices = stack.use(await openShopServices(servers, data, folder))
    const place = { ...data, root, data: data.folder, lake: path.join(folder, 'lake') }
    const args = [program, 'run', '--quiet', '--json', ...projectOptions(shop, place)]

    const run = async (killAfterMs?: number): Promise<RunReport | undefined> => {
      const child = spawn(process.execPath, args, { cwd: root, env: { ...process.env, ...shop.secrets } })
      let stdout = ''
      child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()))
      const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
      if (killAfterMs !== undefined) void sleep(killAfterMs).then(() => child.kill('SIGKILL'))
      const code = await ended
      if (code === null) return undefined
      const report = JSON.parse(stdout) as RunReport
      expect([...report.tables, ...report.targets].filter((t) => t.error !== undefined)).toEqual([])
      return report
    }
    let killed = 0
    const runKilled = async (): Promise<RunReport> => {
      for (let kill = 0; kill < 3; kill++) {
        const ended = await run(400 + randomInt(3000))
        if (ended === undefined) killed++
      }
      return (await run()) as RunReport
    }
    const read = (report: RunReport, table: string): number | undefined =>
      report.tables.find((t) => t.table === table)?.counts?.read

    await shop.deliver(1, parts - 1)
    await runKilled()
    expect(wrong(await reconcile(shop, folder))).toEqual([])

    await shop.deliver(parts, parts)
    const second = (await run()) as RunReport
    for (const [table, most] of Object.entries({
      'raw.orders': 300,
      'raw.items': 900,
      'raw.api_events': 300,
    }))
      expect(read(second, table), table).toBeLessThan(most)
    await runKilled()
    expect(killed).toBeGreaterThan(0)

    const expected = path.join(data.folder, 'expected')
    expect(wrong(await reconcile(shop, folder))).toEqual([])
    expect(wrong(await compareExpected(place.lake, expected))).toEqual([])
    expect(wrong(await compareDelivered(shop, expected, folder))).toEqual([])
    const again = (await run()) as RunReport
    expect(again.tables.filter((t) => t.outcome !== 'unchanged')).toEqual([])
    expect(again.targets.filter((t) => t.outcome !== 'unchanged')).toEqual([])
  })
})
