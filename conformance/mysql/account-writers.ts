import { setTimeout as sleep } from 'node:timers/promises'
import type { Connection } from 'mysql2/promise'
import { type Random, randomFrom } from '../crash/random.ts'
import type { Database } from './database.ts'

const labels = ['new', 'open', 'closed']

/** Creates `accounts` with some rows, and `audit`, which triggers fill with every change that is committed. */
export async function createAccounts(db: Database, rows: number): Promise<void> {
  const event = (operation: string, row: string): string =>
    `insert into audit (op, id, v, n, e) values ('${operation}', ${row}.id, ${row}.v, ${row}.n, ${row}.e)`
  await db.run(
    `create table accounts (id int primary key, v varchar(40), n bigint, e enum('new','open','closed'), x0 int default 1)`,
    'create table audit (at bigint auto_increment primary key, op varchar(10), id int, v varchar(40), n bigint, e varchar(10))',
    `create trigger accounts_i after insert on accounts for each row ${event('insert', 'new')}`,
    `create trigger accounts_d after delete on accounts for each row ${event('delete', 'old')}`,
    `create trigger accounts_u after update on accounts for each row begin
      if old.id = new.id then ${event('update', 'new')};
      else ${event('delete', 'old')}; ${event('insert', 'new')}; end if; end`,
    `insert into accounts (id, v, n, e) values ${Array.from({ length: rows }, (_, i) => `(${i}, 'first ${i}', ${-i - 1}, 'new')`).join(', ')}`,
  )
}

export interface WriterOptions {
  readonly random: Random
  /** Pause between two transactions. */
  readonly paceMs: number
  readonly goesOn: () => boolean
  /** Whether it waits now. */
  readonly waits?: () => boolean
  /** A number for the next change. */
  readonly next: () => number
}

/** One who changes accounts until stopped; each change carries a number of its own. */
export async function write(
  db: Database,
  { random, paceMs, goesOn, waits = () => false, next }: WriterOptions,
): Promise<void> {
  const client = await db.connect()
  const id = (): number => random.below(3_000)
  const one = (): string => {
    const [n, e] = [next(), labels[random.below(3)]]
    const at = random.next()
    if (at < 0.35) return `insert into accounts (id, v, n, e) values (${id()}, 'v, "${n}"', ${n}, '${e}')`
    if (at < 0.7) return `update accounts set v = 'u${n}', n = ${n}, e = '${e}' where id = ${id()}`
    if (at < 0.85) return `delete from accounts where id = ${id()}`
    if (at < 0.95) return `update accounts set n = n + ${n} where id between ${id()} and ${id()} limit 20`
    return `update accounts set id = ${3_000 + random.below(3_000)}, n = ${n} where id = ${id()}`
  }
  try {
    while (goesOn()) {
      if (waits()) {
        await sleep(5)
        continue
      }
      await transaction(client, random, one)
      if (paceMs > 0) await sleep(paceMs)
    }
  } finally {
    client.destroy()
  }
}

let branches = 0

/** A key that is taken undoes the statement only. (IGNORE fires triggers for rows that it leaves as they are.) */
function unlessTaken(error: unknown): void {
  if ((error as { readonly code?: string }).code !== 'ER_DUP_ENTRY') throw error
}

async function transaction(client: Connection, random: Random, one: () => string): Promise<void> {
  const statements = Array.from({ length: 1 + random.below(8) }, one)
  const isXa = random.chance(0.1)
  const xid = `'b${++branches}'`
  const undo = random.chance(0.15)
  try {
    await client.query(isXa ? `xa start ${xid}` : 'begin')
    for (const statement of statements) await client.query(statement).catch(unlessTaken)
    if (isXa) await client.query(`xa end ${xid}`)
    if (isXa) await client.query(`xa prepare ${xid}`)
    await client.query(isXa ? `xa ${undo ? 'rollback' : 'commit'} ${xid}` : undo ? 'rollback' : 'commit')
  } catch (error) {
    const { code } = error as { readonly code?: string }
    if (
      !['ER_LOCK_DEADLOCK', 'ER_LOCK_WAIT_TIMEOUT', 'ER_XA_RBDEADLOCK', 'ER_TABLE_DEF_CHANGED'].includes(
        code ?? '',
      )
    )
      throw error
    await client.query(isXa ? `xa end ${xid}` : 'rollback').catch(() => undefined)
    if (isXa) await client.query(`xa rollback ${xid}`).catch(() => undefined)
  }
}

/** A change of the structure that leaves the declared columns what they are. */
export function alteration(i: number, seed: number): string {
  const random = randomFrom(seed + i)
  const order = random.pick([
    ['new', 'open', 'closed'],
    ['closed', 'new', 'other', 'open'],
    ['open', 'closed', 'new'],
  ])
  const choices = [
    `add column x${i + 1} varchar(10) default 'ä' ${random.pick(['first', 'after id', ''])}`,
    `modify v varchar(${40 + i * 10}) ${random.pick(['after n', 'after e', 'after id'])}`,
    `modify e enum(${order.map((label) => `'${label}'`).join(', ')}) ${random.pick(['after id', ''])}`,
    `modify n bigint ${random.pick(['after id', 'after v'])}`,
  ] as const
  const last = i % 5 === 4 ? `, drop column x${i - 4}` : ''
  return `alter table accounts ${i % 5 === 4 ? choices[0] : choices[i % 4]}${last}`
}
