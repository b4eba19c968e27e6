import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Table } from '../../packages/etl/src/index.ts'
import type { Workshop } from './workshop.ts'

/** A generator of numbers below a bound; equal seeds give equal numbers. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    // Numerical Recipes' linear congruential generator: good enough to vary a workload.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** A connection of a writer. */
export interface WriterClient {
  query(sql: string): Promise<unknown>
  close(): void
}

/** Writers at work. `stop` lets them finish their transactions and says how many changes they committed. */
export interface Writers {
  stop(): Promise<number>
}

/**
 * Starts writers that insert, update and delete rows of `written (id, v, at)`: times are of whole seconds, so that many are
 * equal; some transactions stay open for a while before they commit, some roll back. Each value is written once.
 */
export function startWriters(connect: () => Promise<WriterClient>, count: number, seed: number): Writers {
  const state = { stopped: false, changes: 0 }
  const work = async (writer: number): Promise<void> => {
    const client = await connect()
    const number = numbers(seed * 31 + writer)
    // Rows of its own: writers must not wait for each other's locks.
    const mine: number[] = []
    let next = writer
    try {
      for (let turn = 0; !state.stopped; turn++) {
        const value = (): string => `${writer}-${turn}-${number(1e9)}`
        await client.query('begin')
        const statements = 1 + number(4)
        const before = [...mine]
        for (let s = 0; s < statements; s++) {
          const kind = number(10)
          const id = mine[number(mine.length)]
          if (kind < 5 || id === undefined) {
            mine.push(next)
            await client.query(`insert into written (id, v, at) values (${next}, '${value()}', now())`)
            next += count
          } else if (kind < 9) {
            await client.query(`update written set v = '${value()}', at = now() where id = ${id}`)
          } else {
            mine.splice(mine.indexOf(id), 1)
            await client.query(`delete from written where id = ${id}`)
          }
        }
        if (number(6) === 0) await sleep(number(1500))
        const isKept = number(8) > 0
        await client.query(isKept ? 'commit' : 'rollback')
        if (isKept) state.changes += statements
        else mine.splice(0, mine.length, ...before)
        await sleep(number(20))
      }
    } finally {
      client.close()
    }
  }
  const all = Promise.all(Array.from({ length: count }, (_, writer) => work(writer)))
  return {
    stop: async () => {
      state.stopped = true
      await all
      return state.changes
    },
  }
}

/**
 * Runs the table `raw.written (id, v, at, read_at)` so many times beside writers, then once more, and judges: no version is
 * there twice, and the last version of each row is what `source` gives as `[id, v, at in canonical form]`.
 */
export async function runBesideWriters(
  shop: Workshop,
  raw: Table,
  options: {
    readonly runs: number
    readonly writers: Writers
    readonly source: () => Promise<readonly (readonly (string | null)[])[]>
  },
): Promise<string> {
  const { runs, writers } = options
  let published = 0
  for (let run = 0; run < runs; run++) {
    const { tables } = await shop.run([raw])
    expect(tables[0]?.error).toBeUndefined()
    if (tables[0]?.outcome === 'published') published++
  }
  const changes = await writers.stop()
  await shop.run([raw])
  const rows = (await shop.rows('raw.written')).map(
    (row) => JSON.parse(row) as [string, string, string, string],
  )
  const versions = rows.map(([id, v, at]) => `${id} ${v} ${at}`)
  expect(published).toBeGreaterThan(runs / 2)
  expect(versions.length - new Set(versions).size).toBe(0)
  const current = new Map<string, (typeof rows)[number]>()
  for (const row of rows) {
    const [id, , at, readAt] = row
    const known = current.get(id)
    if (known === undefined || `${at} ${readAt}` > `${known[2]} ${known[3]}`) current.set(id, row)
  }
  const source = await options.source()
  expect(source.length).toBeGreaterThan(100)
  const wrong = source.filter(([id, v, at]) => {
    const row = current.get(id ?? '')
    return row?.[1] !== v || row?.[2] !== at
  })
  expect(wrong).toEqual([])
  return `${changes} changes, ${rows.length} versions, ${published} of ${runs} runs published`
}
