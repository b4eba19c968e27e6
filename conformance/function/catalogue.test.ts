import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { catalogue } from '../../packages/etl/src/function/catalogue.ts'
import type { FunctionDefinition } from '../../packages/etl/src/function/contract.ts'
import { printExpression } from '../../packages/etl/src/function/print.ts'
import { resolveAggregate } from '../../packages/etl/src/function/resolve.ts'
import { list, text } from '../../packages/etl/src/plan/type.ts'
import { judge, type Verdict } from './judge.ts'
import { hasPostgres, hasSpark, openPeers, postgresTitle, sparkTitle } from './peers.ts'
import { functionReference } from './reference.ts'

const functions: readonly FunctionDefinition[] = Object.values(catalogue)
const peers = await openPeers()
const verdicts: Verdict[] = []
let cases = 0

describe('the function catalogue means the same everywhere', () => {
  afterAll(async () => {
    for (const peer of peers) await peer[Symbol.asyncDispose]()
  })

  it.skipIf(!hasPostgres)(postgresTitle, () => expect(peers.map((p) => p.dialect)).toContain('postgres'))
  it.skipIf(!hasSpark)(sparkTitle, () =>
    expect(peers.map((p) => p.name)).toEqual(expect.arrayContaining(['Spark 3.5', 'Spark 4.1'])),
  )

  for (const peer of peers) {
    it.each(functions.map((f) => [f.name, f] as const))(`%s on ${peer.name}`, async (_name, f) => {
      const verdict = await judge(f, peer)
      cases += verdict.cases
      verdicts.push(verdict)
      expect(verdict.failures.join('\n')).toBe('')
      expect(verdict.cases).toBeGreaterThan(0)
    })
  }

  it.each(peers.map((p) => [p.name, p] as const))(
    '%s joins distinct texts in their own order',
    async (_d, peer) => {
      const x = { kind: 'column', name: 'x', type: text, nullable: true } as const
      const comma = { kind: 'literal', value: ',', type: text, nullable: false } as const
      const order = [{ expression: x, direction: 'asc', nulls: 'last' } as const]
      for (const [name, args, type, out] of [
        ['string_agg', [x, comma], text, 'B,a,b'],
        ['list_agg', [x], list(text), ['B', 'a', 'b']],
      ] as const) {
        const call = resolveAggregate(name, args, { distinct: true, order })
        if ('problem' in call) throw new Error(call.problem)
        const rows = `(VALUES ('b'), ('a'), ('B'), ('a')) AS t(x)`
        const sql = `SELECT 0 AS i, ${printExpression(call.expression, peer.dialect)} AS v FROM ${rows}`
        expect(await peer.answer(sql, type)).toEqual({ values: [out], typed: true })
        cases++
      }
    },
  )

  it('notices a refusal that is no longer needed', async () => {
    const [duckdb] = peers
    const add = functions.find((f) => f.name === 'add')
    if (duckdb === undefined || add === undefined) throw new Error('no add, or no DuckDB')
    const marked = {
      ...add,
      print: { ...add.print, duckdb: { refused: 'not yet', reason: 'planted' } as const },
    }
    expect((await judge(marked, duckdb)).failures.join()).toContain('unmark')
  })

  it.skipIf(!hasPostgres || !hasSpark)(
    'is what the reference page says (else run: node tools/function-reference.ts)',
    () => {
      const page = readFileSync(new URL('../../docs/reference/functions.md', import.meta.url), 'utf8')
      expect(functionReference(functions, verdicts)).toBe(page)
    },
  )

  it('ran', () => {
    console.info(
      `function conformance: ${functions.length} functions, ${cases} cases on ${peers.length} databases`,
    )
    expect(cases).toBeGreaterThan(functions.length * peers.length)
  })
})
