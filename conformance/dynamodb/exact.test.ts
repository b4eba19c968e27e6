import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dynamodb, json, table, text } from '../../packages/etl/src/index.ts'
import { missingDynamodbLocal } from '../../tools/peers/dynamodb-local.ts'
import { type Item } from './local-tables.ts'
import { tableSuite } from './table-suite.ts'

const missing = missingDynamodbLocal()
const title = `DynamoDB, random items${missing === undefined ? '' : ` (${missing})`}`

/** A number of DynamoDB: up to 38 digits between 1e-130 and 1e126. */
const digits = fc
  .tuple(
    fc.boolean(),
    fc.bigInt({ min: 0n, max: 10n ** 38n - 1n }),
    fc.integer({ min: 0, max: 38 }),
    fc.integer({ min: -130, max: 88 }),
  )
  .map(([negative, mantissa, kept, exponent]) => {
    const shortened = mantissa / 10n ** BigInt(kept)
    return shortened === 0n ? '0' : `${negative ? '-' : ''}${shortened}e${Math.max(exponent, -130)}`
  })

const words = fc.string({ unit: 'binary', maxLength: 12 }).map((s) => s.toWellFormed())
const name = words.filter((s) => s !== '' && s !== 'id' && s !== 'n')
const blob = fc.uint8Array({ maxLength: 12 })
const distinct = { minLength: 1, maxLength: 4 }

type Value = Item[string]

const leaf: fc.Arbitrary<Value> = fc.oneof(
  digits.map((N) => ({ N })),
  words.map((S) => ({ S })),
  blob.map((B) => ({ B })),
  fc.boolean().map((BOOL) => ({ BOOL })),
  fc.constant({ NULL: true as const }),
  fc.uniqueArray(words, distinct).map((SS) => ({ SS })),
  fc
    .uniqueArray(fc.bigInt({ min: -(10n ** 37n), max: 10n ** 37n }), distinct)
    .map((ns) => ({ NS: ns.map(String) })),
  fc.uniqueArray(blob, { ...distinct, selector: (b) => b.join(',') }).map((BS) => ({ BS })),
)
const { value } = fc.letrec<{ value: Value }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    leaf,
    fc.array(tie('value'), { maxLength: 3 }).map((L) => ({ L })),
    fc.dictionary(name, tie('value'), { maxKeys: 3, noNullPrototype: true }).map((M) => ({ M })),
  ),
}))
// The SDK loses the value of an attribute of this name; such items are rejects.
const readable = name.filter((s) => s !== '__proto__')
const item = fc.tuple(digits, fc.dictionary(readable, value, { maxKeys: 4, noNullPrototype: true }))

/** A decimal number without any rounding, in one way of writing: integer digits without trailing zeros, and an exponent. */
function canonical(number: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([-+]?\d+))?$/.exec(number) ?? []
  const all = `${whole}${fraction}`.replace(/^0+/, '')
  const kept = all.replace(/0+$/, '')
  if (kept === '') return '#0'
  return `#${sign}${kept}e${Number(exponent) - fraction.length + all.length - kept.length}`
}

/** What a value is as plain data, with numbers in one way of writing. */
function expected(v: Value): unknown {
  if (v.N !== undefined) return canonical(v.N)
  if (v.B !== undefined) return Buffer.from(v.B).toString('base64')
  if (v.NULL === true) return null
  if (v.SS !== undefined) return v.SS.toSorted()
  if (v.NS !== undefined) return v.NS.map(canonical).toSorted()
  if (v.BS !== undefined) return v.BS.map((b) => Buffer.from(b).toString('base64')).toSorted()
  if (v.L !== undefined) return v.L.map(expected)
  if (v.M !== undefined) return expectedMembers(v.M)
  return v.S ?? v.BOOL
}

const expectedMembers = (item: Item): unknown =>
  Object.fromEntries(Object.entries(item).map(([key, v]) => [key, expected(v)]))

/** JSON as plain data, with numbers as they are written; arrays that were sets are put in order. */
function found(text: string, like: unknown): unknown {
  const parsed: unknown = JSON.parse(text, (_key, v: unknown, context?: { source?: string }) =>
    typeof v === 'number' ? canonical(context?.source ?? '') : v,
  )
  return ordered(parsed, like)
}

/** Sets have no order: an array with the same members as the expected one is the expected one. */
function ordered(v: unknown, like: unknown): unknown {
  if (Array.isArray(v) && Array.isArray(like)) {
    const texts = (a: readonly unknown[]): string =>
      JSON.stringify(a.map((x) => JSON.stringify(x)).toSorted())
    if (v.every((x) => typeof x === 'string') && texts(v) === texts(like)) return like
    return v.map((x, i) => ordered(x, like[i]))
  }
  if (typeof v !== 'object' || v === null || Array.isArray(v)) return v
  const other = (like ?? {}) as Record<string, unknown>
  return Object.fromEntries(Object.entries(v).map(([k, x]) => [k, ordered(x, other[k])]))
}

describe.skipIf(missing !== undefined)(title, () => {
  const suite = tableSuite()

  test('items of any shape arrive as they are', async () => {
    const count = Number(process.env['DYNAMODB_ITEMS'] ?? '600')
    const seed = Number(process.env['DYNAMODB_SEED'] ?? Date.now() % 2 ** 31)
    console.log(`${count} items, DYNAMODB_SEED=${seed}`)
    const items = fc.sample(item, { numRuns: count, seed })
    await suite.tables.create('random')
    await suite.tables.put(
      'random',
      items.map(([n, others], i) => ({ ...others, id: { S: String(i) }, n: { N: n } })),
    )
    const raw = table('raw.random', {
      from: dynamodb(suite.tables.place, {
        table: 'random',
        columns: { id: text({ required: true }), n: json() },
        rest: 'rest',
      }),
    })
    const { tables: reports } = await suite.shop.run([raw])
    expect(reports[0]?.error).toBeUndefined()
    expect(reports[0]?.counts).toMatchObject({ read: count, written: count, rejected: 0 })
    const rows = (await suite.shop.rows('raw.random')).map(
      (r) => JSON.parse(r) as [string, string, string | null],
    )
    expect(rows).toHaveLength(count)
    for (const [id, n, rest] of rows) {
      const [number, others] = items[Number(id)] ?? ['', {}]
      expect(canonical(n), `n of item ${id}`).toBe(canonical(number))
      const like = expectedMembers(others)
      expect(rest === null ? {} : found(rest, like), `item ${id}, seed ${seed}`).toEqual(like)
    }
  }, 300_000)
})
