import { afterAll, describe, expect, it } from 'vitest'
import { catalogue } from '../../packages/etl/src/function/catalogue.ts'
import type { FunctionDefinition } from '../../packages/etl/src/function/contract.ts'
import { openDuckdb } from './duckdb.ts'
import { judge } from './judge.ts'
import { openPostgres } from './postgres.ts'

const functions: readonly FunctionDefinition[] = Object.values(catalogue)
const peers = [await openDuckdb(), await openPostgres()]
let cases = 0

describe('the function catalogue means the same everywhere', () => {
  afterAll(async () => {
    for (const peer of peers) await peer[Symbol.asyncDispose]()
  })

  for (const peer of peers) {
    it.each(functions.map((f) => [f.name, f] as const))(`%s on ${peer.dialect}`, async (_name, f) => {
      const verdict = await judge(f, peer)
      cases += verdict.cases
      expect(verdict.failures.join('\n')).toBe('')
      expect(verdict.cases).toBeGreaterThan(0)
    })
  }

  it('notices a refusal that is no longer needed', async () => {
    const [duckdb] = peers
    const add = functions.find((f) => f.name === 'add')
    if (duckdb === undefined || add === undefined) throw new Error('no add, or no DuckDB')
    const print = add.print.postgres
    const marked = {
      ...add,
      print: { postgres: print, duckdb: { refused: 'not yet', reason: 'planted' } as const },
    }
    expect((await judge(marked, duckdb)).failures.join()).toContain('unmark')
  })

  it('ran', () => {
    console.info(
      `function conformance: ${functions.length} functions, ${cases} cases on ${peers.length} databases`,
    )
    expect(cases).toBeGreaterThan(functions.length * peers.length)
  })
})
