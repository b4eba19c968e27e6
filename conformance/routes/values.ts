import fc from 'fast-check'
import type { LogicalType } from '../../packages/etl/src/plan/type.ts'

/** A value in canonical text; NULL is null. */
export type Value = string | null

const big = (min: bigint, max: bigint): fc.Arbitrary<bigint> =>
  fc.oneof(
    fc.bigInt({ min, max }),
    fc.integer({ min: 0, max: 3 }).map((n) => min + BigInt(n)),
    fc.integer({ min: 0, max: 3 }).map((n) => max - BigInt(n)),
    // Around the powers of two, where doubles and narrower integers lose count.
    fc
      .tuple(fc.integer({ min: 0, max: 64 }), fc.integer({ min: -2, max: 2 }), fc.boolean())
      .map(([power, by, negative]) => (negative ? -1n : 1n) * (2n ** BigInt(power) + BigInt(by)))
      .filter((n) => n >= min && n <= max),
  )

const signed = (bits: number): fc.Arbitrary<string> =>
  big(-(2n ** BigInt(bits - 1)), 2n ** BigInt(bits - 1) - 1n).map(String)

function digits(unscaled: bigint, scale: number): string {
  const text = String(unscaled < 0n ? -unscaled : unscaled).padStart(scale + 1, '0')
  const shown = scale === 0 ? text : `${text.slice(0, -scale)}.${text.slice(-scale)}`
  return unscaled < 0n ? `-${shown}` : shown
}

/** Decimals of every length up to the whole precision. */
const decimals = (precision: number, scale: number): fc.Arbitrary<string> => {
  const most = 10n ** BigInt(precision) - 1n
  return fc
    .tuple(big(-most, most), fc.integer({ min: 0, max: precision - 1 }))
    .map(([n, shorter]) => digits(n / 10n ** BigInt(shorter), scale))
}

/** A double as JavaScript shows it: without the sign of zero, which MySQL and the dictionaries of Parquet files do not keep. */
export const doubleText = (n: number): string => String(n)

/** Texts that break what is merely written for ordinary ones. */
const hostileTexts = [
  '',
  ' ',
  '\\N',
  '\\\\N',
  '\\.',
  'NULL',
  'null',
  '"',
  '""',
  "'",
  "''",
  '\\',
  ',',
  ';',
  '\t',
  '\n',
  '\r',
  '\r\n',
  'a\n\\.\nb',
  '"a","b"',
  'a"b""c',
  ' padded ',
  '\ufeffBOM',
  '\u2028\u2029\u202e',
  '\u0001\u001a\u007f\u0085',
  'e\u0301 \u00e9',
  '👩‍👩‍👧‍👦🏳️‍🌈',
  '\u{10ffff}\uffff\ufffd',
  '0000-00-00',
  'NaN',
  '-0',
  '1e400',
  '00123',
  '=1+1',
  '{"a": [1, null]}',
  '${x} %s $1 $$;--',
  '__proto__',
  'x'.repeat(5000),
] as const

/** Any text without NUL, which PostgreSQL cannot store. */
export const texts: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 20 }).map(storable) },
  { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 12 }).map(storable) },
  { weight: 2, arbitrary: fc.constantFrom(...hostileTexts) },
  {
    weight: 1,
    arbitrary: fc
      .array(fc.constantFrom('"', '\\', '\n', '\r', ',', "'", 'N', '.', ' ', 'é'), { maxLength: 8 })
      .map((parts) => parts.join('')),
  },
)

function storable(text: string): string {
  return text.toWellFormed().replaceAll('\0', '\u0001')
}

const day = 86_400_000_000n
const firstDay = -719_162n
const lastDay = 2_932_896n

const two = (n: bigint | number): string => String(n).padStart(2, '0')

const dateOf = (days: bigint): string => {
  const iso = new Date(Number(days) * 86_400_000).toISOString()
  return iso.slice(0, 10)
}

function timeOf(micros: bigint): string {
  const [h, m, s] = [micros / 3_600_000_000n, (micros / 60_000_000n) % 60n, (micros / 1_000_000n) % 60n]
  return `${two(h)}:${two(m)}:${two(s)}.${String(micros % 1_000_000n).padStart(6, '0')}`
}

const times = fc.oneof(big(0n, day - 1n), fc.constantFrom(0n, 500_000n, 1_000n, 1n, day - 1n)).map(timeOf)
const dates = big(firstDay, lastDay).map(dateOf)

/** Timestamps from a first to a last moment, in microseconds since the epoch. */
export const timestamps = (min = firstDay * day, max = lastDay * day + day - 1n): fc.Arbitrary<string> =>
  big(min, max).map((micros) => {
    const days = micros >= 0n ? micros / day : -((-micros + day - 1n) / day)
    return `${dateOf(days)}T${timeOf(micros - days * day)}`
  })

const documents = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.oneof(
      texts.map((t) => JSON.stringify(t)),
      signed(64),
      decimals(38, 10),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => JSON.stringify(n)),
      fc.constantFrom('null', 'true', 'false', '{}', '[]'),
    ),
    fc.array(tie('value'), { maxLength: 4 }).map((items) => `[${items.join(',')}]`),
    fc
      .dictionary(
        texts.map((t) => t.slice(0, 12).toWellFormed()),
        tie('value'),
        { maxKeys: 4, noNullPrototype: true },
      )
      .map(
        (members) =>
          `{${Object.entries(members)
            .map(([k, v]) => `${JSON.stringify(k)}:${v}`)
            .join(',')}}`,
      ),
  ),
})).value

/** Values of a type that are as hostile as the type allows. */
export function valuesFor(type: LogicalType): fc.Arbitrary<string> {
  switch (type.kind) {
    case 'bool':
      return fc.boolean().map(String)
    case 'int8':
    case 'int16':
    case 'int32':
    case 'int64':
      return signed(Number(type.kind.slice(3)))
    case 'uint64':
      return big(0n, 2n ** 64n - 1n).map(String)
    case 'decimal':
      return decimals(type.precision, type.scale)
    case 'float64':
      return fc.double({ noNaN: true, noDefaultInfinity: true }).map(doubleText)
    case 'text':
      return texts
    case 'bytes':
      return fc.uint8Array({ maxLength: 40 }).map((b) => Buffer.from(b).toString('hex'))
    case 'date':
      return dates
    case 'time':
      return times
    case 'timestamp':
      return timestamps()
    case 'uuid':
      return fc.uuid()
    case 'json':
      return documents
    default:
      throw new Error(`no values of the type ${type.kind}`)
  }
}
