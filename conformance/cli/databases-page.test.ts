import { readFile, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { createConnection } from 'mysql2/promise'
import pg from 'pg'
import { expect, test } from 'vitest'
import { missingMariadb, startMariadb } from '../../tools/peers/mariadb.ts'
import { findPostgres, startPrivatePostgres } from '../../tools/peers/postgres.ts'
import { command, openProject, type Workplace } from './securecart.ts'

const root = path.resolve(import.meta.dirname, '../..')
const tsc = path.join(root, 'node_modules', '.bin', 'tsc')
const missing = missingMariadb() ?? (findPostgres() === undefined ? 'needs PostgreSQL' : undefined)

/** The blocks of code of a page in one language, in their order. */
const blocksIn = (page: string, language: string): readonly string[] =>
  [...page.matchAll(new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\``, 'gm'))].map((m) => m[1] ?? '')

async function typesOf(at: Workplace, ...files: readonly string[]): Promise<string> {
  const options = ['--noEmit', '--strict', '--skipLibCheck', '--module', 'nodenext', '--target', 'es2024']
  const lib = ['--lib', 'es2024,esnext.disposable,esnext.iterator,dom', '--allowImportingTsExtensions']
  return (await command(tsc, [...options, ...lib, ...files], { cwd: at.folder })).stdout
}

test.skipIf(missing !== undefined)(
  `docs/databases.md works word for word${missing === undefined ? '' : ` (${missing})`}`,
  async () => {
    await using stack = new AsyncDisposableStack()
    const mariadb = stack.use(await startMariadb())
    const postgres = stack.use(await startPrivatePostgres())
    const at = stack.use(await openProject())
    const page = await readFile(path.join(root, 'docs/databases.md'), 'utf8')
    const [inMysql = '', inPostgres = '', look = '', changes = ''] = blocksIn(page, 'sql')
    const [pipelines = '', state = '', profile = '', config = ''] = blocksIn(page, 'ts')
    const [, commands = ''] = blocksIn(page, 'sh')
    const [first, second] = blocksIn(page, 'text')

    const { socketPath } = mariadb
    const mysql = await createConnection({ socketPath, user: 'root', multipleStatements: true })
    stack.defer(() => mysql.end())
    // The server of the tests has a database of that name.
    await mysql.query('drop database shop')
    await mysql.query(inMysql)
    const admin = new pg.Client({ host: postgres.folder, user: 'postgres', database: 'postgres' })
    await admin.connect()
    for (const statement of inPostgres.trim().split('\n')) await admin.query(statement)
    await admin.end()
    const bi = new pg.Client({ host: postgres.folder, user: 'loader', password: 'write-me', database: 'bi' })
    await bi.connect()
    stack.defer(() => bi.end())
    const seen = async (): Promise<string> => {
      const { rows } = await bi.query<string[]>({ text: look, rowMode: 'array' })
      return rows.map((row) => `${row.join('|')}\n`).join('')
    }

    // The two hosts are where the servers of the tests are.
    const placed = pipelines
      .replace("host: 'localhost'", `host: '127.0.0.1', port: ${mariadb.port}`)
      .replace("host: 'localhost'", `host: '${postgres.folder}'`)
    await writeFile(path.join(at.folder, 'pipelines', 'sales.ts'), placed)
    expect(await typesOf(at, 'pipelines/sales.ts')).toBe('')
    const bash = async (script: string): Promise<string> => {
      const bins = `${path.join(at.folder, 'node_modules/.bin')}:${path.dirname(process.execPath)}`
      const secrets = commands.split('\n')[0] ?? ''
      const line = `PATH="${bins}:$PATH"; ${secrets}\n${script.replaceAll('npx ', '')}`
      const done = await command('bash', ['-ec', line], { cwd: at.folder })
      expect(`${done.code} ${done.code === 0 ? '' : done.stderr}`).toBe('0 ')
      return done.stdout
    }
    const told = await bash(commands)
    expect(told).toContain('orders: 4 declared columns are there')
    expect(told).toContain('the first delivery makes bi, securecart')
    expect(told).not.toContain('PROCESS')
    expect(await seen()).toBe(first)
    expect((await bash('npx securecart run')).match(/unchanged/g)).toHaveLength(5)
    await mysql.query(changes)
    const report = JSON.parse(await bash('npx securecart run --json')) as {
      tables: readonly { table: string; counts?: { written: number } }[]
    }
    expect(report.tables.find((t) => t.table === 'raw.orders')?.counts?.written).toBe(2)
    expect(await seen()).toBe(second)

    await mysql.query(
      `use shop; create table customers (customer_id bigint primary key, tier varchar(10));
       insert into customers values (1, 'basic'), (2, 'gold');
       grant replication slave, binlog monitor on *.* to etl`,
    )
    const followed = state.replace(
      "database: 'shop'",
      `port: ${mariadb.port}, host: '127.0.0.1', database: 'shop'`,
    )
    await writeFile(path.join(at.folder, 'pipelines', 'state.ts'), followed)
    await writeFile(
      path.join(at.folder, 'securecart.config.ts'),
      `import { defineConfig } from '@securecart/etl'\nimport * as sales from './pipelines/state.ts'
       export default defineConfig({ lake: 'lake-state', pipelines: [sales] })`,
    )
    expect(await typesOf(at, 'pipelines/state.ts', 'securecart.config.ts')).toBe('')
    await bash('npx securecart run')
    await mysql.query(`delete from customers where customer_id = 1; update customers set tier = 'basic'`)
    expect(await bash('npx securecart run --json')).toContain('"action": "merge"')
    const now = await bash('npx securecart query "select * from sales.customers" --json')
    expect(JSON.parse(now)).toEqual([{ customer_id: '2', tier: 'basic' }])

    await writeFile(path.join(at.folder, 'pipelines', 'profile.ts'), profile)
    const imports = `import { defineConfig } from '@securecart/etl'\nimport * as sales from './pipelines/profile.ts'\n`
    await writeFile(path.join(at.folder, 'securecart.config.ts'), `${imports}${config}`)
    expect(await typesOf(at, 'pipelines/profile.ts', 'securecart.config.ts')).toBe('')
    expect(await bash('npx securecart plan')).toContain('1 file ')
    expect(await bash('npx securecart plan --profile services')).toMatch(/raw\.orders +full +from mysql/)
  },
)
