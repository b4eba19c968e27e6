import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { sqlLiteral } from '../../packages/etl/src/function/dialect.ts'
import { printExpression } from '../../packages/etl/src/function/print.ts'
import { resolveCall } from '../../packages/etl/src/function/resolve.ts'
import type { Expression } from '../../packages/etl/src/plan/expression.ts'
import { text, timestamp } from '../../packages/etl/src/plan/type.ts'
import { hasPostgres, openPeers, postgresTitle } from './peers.ts'

/** What each format reads, written by hand and apart from the product: named groups, checked against the calendar. */
const references: Readonly<Record<string, RegExp>> = {
  'yyyy-MM-dd HH:mm:ss': /^(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d) (?<H>\d\d):(?<i>\d\d):(?<s>\d\d)$/,
  'yyyy-MM-dd': /^(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d)$/,
  "yyyy-MM-dd'T'HH:mm:ss.SSSXXX":
    /^(?<y>\d{4})-(?<m>\d\d)-(?<d>\d\d)T(?<H>\d\d):(?<i>\d\d):(?<s>\d\d)\.(?<f>\d{3})(?:Z|(?<o>[+-](?:0\d|1[0-4]):[0-5]\d))$/,
  'dd/MM/yyyy HH:mm': /^(?<d>\d\d)\/(?<m>\d\d)\/(?<y>\d{4}) (?<H>\d\d):(?<i>\d\d)$/,
  'd.M.yyyy H:mm': /^(?<d>\d{1,2})\.(?<m>\d{1,2})\.(?<y>\d{4}) (?<H>\d{1,2}):(?<i>\d\d)$/,
  'dd MMM yyyy hh:mm a': /^(?<d>\d\d) (?<n>[A-Za-z]{3}) (?<y>\d{4}) (?<h>\d\d):(?<i>\d\d) (?<a>[AaPp][Mm])$/,
  yyyyMMddHHmmss: /^(?<y>\d{4})(?<m>\d\d)(?<d>\d\d)(?<H>\d\d)(?<i>\d\d)(?<s>\d\d)$/,
}
const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']

function hourOf(g: Readonly<Record<string, string | undefined>>): number {
  if (g['h'] === undefined) return Number(g['H'] ?? 0)
  const hour = Number(g['h'])
  return hour < 1 || hour > 12 ? NaN : (hour % 12) + (g['a']?.toLowerCase() === 'pm' ? 12 : 0)
}

function minutesOf(offset: string | undefined): number {
  if (offset === undefined) return 0
  const size = Number(offset.slice(1, 3)) * 60 + Number(offset.slice(4))
  return offset.startsWith('-') ? -size : size
}

function expected(format: string, value: string): string | null {
  const g = references[format]?.exec(value)?.groups
  if (g === undefined) return null
  const month = g['n'] === undefined ? Number(g['m']) : months.indexOf(g['n'].toLowerCase()) + 1
  const [year, day, hour] = [Number(g['y']), Number(g['d']), hourOf(g)]
  const [minute, second] = [Number(g['i'] ?? 0), Number(g['s'] ?? 0)]
  const at = new Date(0)
  at.setUTCFullYear(year, month - 1, day)
  const real = year > 0 && month > 0 && at.getUTCMonth() === month - 1 && at.getUTCDate() === day
  if (!real || !(hour <= 23) || minute > 59 || second > 59) return null
  at.setUTCHours(hour, minute - minutesOf(g['o']), second, Number(g['f'] ?? 0))
  return at.toISOString().replace('Z', '000')
}

const two = (n: number): string => String(n).padStart(2, '0')
const four = (n: number): string => String(n).padStart(4, '0')

/** Texts of the formats' shapes, with days, months, hours and minutes also beyond the calendar. */
const shaped = fc
  .record({
    y: fc.oneof(fc.integer({ min: 1900, max: 2100 }), fc.integer({ min: 0, max: 9998 })),
    m: fc.integer({ min: 0, max: 13 }),
    d: fc.integer({ min: 0, max: 32 }),
    h: fc.integer({ min: 0, max: 25 }),
    i: fc.oneof(
      { weight: 9, arbitrary: fc.integer({ min: 0, max: 59 }) },
      { weight: 1, arbitrary: fc.constant(60) },
    ),
    zone: fc.constantFrom('Z', '+02:00', '-00:30', '+14:59', '+15:00', '+2:00', ''),
  })
  .chain(({ y, m, d, h, i, zone }) =>
    fc.constantFrom(
      `${four(y)}-${two(m)}-${two(d)} ${two(h)}:${two(i)}:59`,
      `${four(y)}-${two(m)}-${two(d)}`,
      `${four(y)}-${two(m)}-${two(d)}T${two(h)}:${two(i)}:00.007${zone}`,
      `${two(d)}/${two(m)}/${four(y)} ${two(h)}:${two(i)}`,
      `${d}.${m}.${four(y)} ${h}:${two(i)}`,
      `${two(d)} ${['Foo', ...months, 'DEC'][m] ?? 'Jan'} ${four(y)} ${two(h)}:${two(i)} ${i % 2 === 0 ? 'AM' : 'pm'}`,
      `${four(y)}${two(m)}${two(d)}${two(h)}${two(i)}00`,
    ),
  )

/** Replaces, drops or adds a character or two: what parsers that guess let through. */
const damaged = fc
  .tuple(
    shaped,
    fc.array(fc.tuple(fc.nat(30), fc.constantFrom('', ...' +-.:/TZt0139xé\t\n'), fc.nat(1)), {
      maxLength: 2,
    }),
  )
  .map(([value, edits]) =>
    edits.reduce((s: string, [at, c, drop]) => {
      const p = at % (s.length + 1)
      return s.slice(0, p) + c + s.slice(p + drop)
    }, value),
  )

const rounds = 1500

describe('parse_timestamp takes exactly the texts of its formats', async () => {
  const peers = await openPeers()
  const seed = Number(process.env['SEED'] ?? Date.now() % 1_000_000_007)
  console.info(`seed ${seed}`)
  const values = fc.sample(damaged, { seed, numRuns: rounds })
  afterAll(async () => {
    for (const peer of peers) await peer[Symbol.asyncDispose]()
  })

  it.skipIf(!hasPostgres)(postgresTitle, () => expect(peers.map((p) => p.dialect)).toContain('postgres'))

  for (const peer of peers) {
    it.each(Object.keys(references))(`%s on ${peer.dialect}`, async (format) => {
      const x: Expression = { kind: 'column', name: 'x', type: text, nullable: true }
      const call = resolveCall('parse_timestamp', [
        x,
        { kind: 'literal', value: format, type: text, nullable: false },
      ])
      if ('problem' in call) throw new Error(call.problem)
      const rows = values.map((v, i) => `(${i}, ${sqlLiteral(v, text, peer.dialect)})`).join(', ')
      const sql = `SELECT i, ${printExpression(call.expression, peer.dialect)} AS v FROM (VALUES ${rows}) AS t(i, x)`
      const answer = await peer.answer(sql, timestamp)
      if ('error' in answer) throw new Error(answer.error)
      const wanted = values.map((v) => expected(format, v))
      const wrong = values.flatMap((v, i) =>
        answer.values[i] === wanted[i]
          ? []
          : [`${JSON.stringify(v)}: ${String(answer.values[i])}, not ${wanted[i]}`],
      )
      expect(wrong).toEqual([])
      expect(wanted.some((w) => w !== null)).toBe(true)
    })
  }
})
