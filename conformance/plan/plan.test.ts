import { readFileSync } from 'node:fs'
import { afterAll, describe, expect, it } from 'vitest'
import { steps } from '../../packages/etl/src/step/index.ts'
import { hasPostgres, hasSpark, postgresTitle, sparkTitle } from '../function/peers.ts'
import { allCases, ownCases, sqlReference } from './all-cases.ts'
import { goldenNames } from './golden.ts'
import { matrixPath, planMatrix } from './matrix.ts'
import type { PlanCase } from './plan-case.ts'
import { openPlanPeers } from './plan-peers.ts'
import { type CaseVerdict, judgeCases } from './suite.ts'
import { traps } from './traps.ts'

const minutes = 60_000
const isCi = process.env['CI'] === 'true'
const peers = await openPlanPeers()
const verdicts: CaseVerdict[] = []

describe('plans mean the same everywhere', () => {
  afterAll(async () => {
    for (const peer of peers) await peer[Symbol.asyncDispose]()
  })

  it.skipIf(!hasPostgres && !isCi)(postgresTitle, () => expect(hasPostgres).toBe(true))
  it.skipIf(!hasSpark && !isCi)(sparkTitle, () => expect(hasSpark).toBe(true))

  it('there are enough plans and traps, each with a name of its own, and no golden rows of none', () => {
    expect(allCases.length).toBeGreaterThanOrEqual(400)
    expect(traps.length).toBeGreaterThanOrEqual(50)
    expect(new Set(allCases.map((c) => c.name)).size).toBe(allCases.length)
    const own = new Set(ownCases.map((c) => c.name))
    expect(goldenNames.filter((name) => !own.has(name))).toEqual([])
  })

  it.each(peers.map((p) => [p.name, p] as const))(
    'on %s',
    async (name, peer) => {
      const [duckdb] = peers
      if (duckdb === undefined) throw new Error('no DuckDB')
      const found = await judgeCases(peer, allCases, await sqlReference(duckdb))
      verdicts.push(...found)
      expect(found.filter((v) => v.status === 'wrong').map((v) => v.detail)).toEqual([])
      const counts = Object.entries(Object.groupBy(found, (v) => v.status))
      console.info(`${name}: ${counts.map(([status, of]) => `${of.length} ${status}`).join(', ')}`)
      const ran = found.filter((v) => v.status === 'equal' || v.status === 'fails').length
      expect(ran).toBeGreaterThanOrEqual(300)
    },
    10 * minutes,
  )

  it('every trap is met as it says, on every peer', () => {
    const met = (one: PlanCase): string =>
      verdicts.some((v) => v.case === one && (v.status === 'refused' || v.status === 'rejected'))
        ? 'refused'
        : 'rewritten'
    // A function that PostgreSQL alone lacks is no trap of its own.
    const wrong = traps.filter((t) => met(t.case) !== t.met && t.case.refused?.spark !== undefined)
    expect(wrong.map((t) => t.trap)).toEqual([])
    for (const t of traps.filter((trap) => trap.met === 'refused'))
      expect(met(t.case), t.trap).toBe('refused')
  })

  it('a wrong row, a wrong refusal and a missing one are noticed', async () => {
    const [duckdb] = peers
    const good = ownCases.find((c) => c.rows !== undefined && c.rows.length > 0)
    if (duckdb === undefined || good === undefined) throw new Error('no DuckDB, or no case')
    const planted = [
      { ...good, rows: good.rows?.slice(1) ?? [] },
      { ...good, refused: { duckdb: 'planted' } },
      { ...good, rejected: 'planted' },
      { ...good, fails: true as const },
    ]
    const found = await judgeCases(duckdb, planted)
    expect(found.map((v) => v.status)).toEqual(planted.map(() => 'wrong'))
  })

  it.skipIf(!hasPostgres || !hasSpark)(
    'is what the reference page says (else run: node tools/plan-reference.ts)',
    () => {
      const page = readFileSync(new URL(`../../${matrixPath}`, import.meta.url), 'utf8')
      expect(
        planMatrix(
          steps.map((s) => s.name),
          verdicts,
          traps,
        ),
      ).toBe(page)
    },
  )
})
