import { setTimeout as sleep } from 'node:timers/promises'
import type { Database } from './database.ts'

/** A generator of numbers below a bound; equal seeds give equal numbers. */
function numbers(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    // Numerical Recipes' linear congruential generator: good enough to vary a workload.
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}

/** Writers at work. `stop` lets them finish their transactions and says how many changes they committed. */
export interface Writers {
  stop(): Promise<number>
}

/**
 * Starts writers that insert, update and delete rows of `written (id, v, at)`: times are of whole seconds, so that many are
 * equal; some transactions stay open for a while before they commit, some roll back. Each value is written once.
 */
export async function startWriters(db: Database, count: number, seed: number): Promise<Writers> {
  const state = { stopped: false, changes: 0 }
  const work = async (writer: number): Promise<void> => {
    const client = await db.connect()
    const number = numbers(seed * 31 + writer)
    // Rows of its own: writers must not wait for each other's locks.
    const mine: number[] = []
    let next = writer
    try {
      await client.query('set session transaction isolation level read committed')
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
      client.destroy()
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
