import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { sqlLiteral } from '../../packages/etl/src/function/dialect.ts'
import type { LiteralValue } from '../../packages/etl/src/plan/expression.ts'
import * as t from '../../packages/etl/src/plan/type.ts'
import { sameValue } from './equal.ts'
import { answersOf } from './judge.ts'
import { hasPostgres, hasSpark, openPeers, postgresTitle, sparkTitle } from './peers.ts'
import type { Probe } from './probe.ts'

const peers = await openPeers()
const seed = Date.now()
/** Literals in one property, so that databases where a statement costs much take them in one. */
const batchSize = 20

const day = fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
const texts = fc.string({ unit: 'grapheme' }).filter((s) => !s.includes('\0'))
const money = fc.bigInt(-(10n ** 38n) + 1n, 10n ** 38n - 1n).map((n) => {
  const digits = String(n < 0n ? -n : n).padStart(11, '0')
  return `${n < 0n ? '-' : ''}${digits.slice(0, -10)}.${digits.slice(-10)}`
})

const literal: fc.Arbitrary<readonly [t.LogicalType, LiteralValue]> = fc.oneof(
  day.map((d) => [t.timestamp, d.toISOString().replace(/Z$/, '123')] as const),
  day.map((d) => [t.date, d.toISOString().slice(0, 10)] as const),
  day.map((d) => [t.time, d.toISOString().slice(11, 23).concat('456')] as const),
  texts.map((s) => [t.text, s] as const),
  money.map((n) => [t.decimal(38, 10), n] as const),
  fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n).map((n) => [t.int64, String(n)] as const),
  fc.bigInt(0n, 2n ** 64n - 1n).map((n) => [t.uint64, String(n)] as const),
  fc.double().map((n) => [t.float64, String(n)] as const),
  fc.uuid().map((u) => [t.uuid, u] as const),
  fc.boolean().map((b) => [t.bool, b] as const),
  fc.uint8Array().map((b) => [t.bytes, Buffer.from(b).toString('hex')] as const),
  fc.array(fc.option(texts)).map((items) => [t.list(t.text), items] as const),
  fc.json().map((text) => [t.json, text] as const),
)

describe('literals', () => {
  afterAll(async () => {
    for (const peer of peers) await peer[Symbol.asyncDispose]()
  })

  it.skipIf(!hasPostgres)(postgresTitle, () => expect(peers.map((p) => p.dialect)).toContain('postgres'))
  it.skipIf(!hasSpark)(sparkTitle, () => expect(peers.map((p) => p.dialect)).toContain('spark'))

  it.each(peers.map((p) => [p.name, p] as const))(
    'come back from %s as they were written',
    async (_n, peer) => {
      console.info(`literals on ${peer.name}: seed ${seed}`)
      await fc.assert(
        fc.asyncProperty(
          fc.array(literal, { minLength: batchSize, maxLength: batchSize }),
          async (literals) => {
            const probes = literals.map(([type, value]): Probe => {
              const call = sqlLiteral(value, type, peer.dialect)
              return { mode: 'literal', sql: `SELECT 0 AS i, ${call} AS v`, call, type, out: [value] }
            })
            for (const [i, answer] of (await answersOf(peer, probes)).entries()) {
              if ('error' in answer) throw new Error(answer.error)
              const [type, value] = literals[i] ?? [t.text, null]
              expect(answer.typed).toBe(true)
              expect(sameValue(answer.values[0] ?? null, value, type)).toBe(true)
            }
          },
        ),
        { seed, numRuns: 1000 / batchSize },
      )
    },
  )
})
