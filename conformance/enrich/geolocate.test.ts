import { readFile, stat, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { Reader, type CountryResponse } from 'mmdb-lib'
import { afterAll, describe, expect, test } from 'vitest'
import { int64, text } from '../../packages/etl/src/connector/column.ts'
import type { FilesSource } from '../../packages/etl/src/connector/contract.ts'
import { csv } from '../../packages/etl/src/connector/csv.ts'
import { mmdb } from '../../packages/etl/src/connector/mmdb.ts'
import { ndjson } from '../../packages/etl/src/connector/json.ts'
import { geolocateStep } from '../../packages/etl/src/step/geolocate.ts'
import { addressText, dottedText, libraryNetworks } from '../connector/mmdb-walk.ts'
import { realData } from '../connector/read-source.ts'
import { type Random, randomFrom } from '../crash/random.ts'
import { seedFor } from '../crash/report.ts'
import { type Bench, type Bound, describeOnEngines, type Row } from './on-engines.ts'

const data = await realData()
const missing = data === undefined ? ' (no real data on this machine)' : ''
const seed = seedFor('GEO_SEED')
let looked = 0
afterAll(() => console.info(`${looked} addresses located, seed ${seed} (GEO_SEED repeats it)`))

const mapped = 0xffff_0000_0000n
const visitColumns = { id: int64({ required: true }), ip: text() }

async function landed(bench: Bench, name: string, source: FilesSource, file: string): Promise<Bound> {
  const { size, mtimeMs } = await stat(file)
  return bench.land(name, {
    format: source.format,
    schema: source.schema,
    files: [{ path: file, size, mtimeMs }],
  })
}

/** Delivers visits as a file of JSON lines. */
async function visitsOf(
  bench: Bench,
  visits: readonly { readonly id: number; readonly ip: string | null }[],
): Promise<Bound> {
  const file = path.join(bench.folder(), 'visits.ndjson')
  await writeFile(file, visits.map(({ id, ip }) => `${JSON.stringify({ id, ip })}\n`).join(''))
  return landed(bench, 'visits', ndjson(file, { columns: visitColumns }), file)
}

/** A random number of that many bits. */
const bitsFrom = (random: Random, count: number): bigint =>
  BigInt.asUintN(
    count,
    Array.from({ length: Math.ceil(count / 16) }, () => BigInt(random.below(65_536))).reduce(
      (all, part) => (all << 16n) | part,
      0n,
    ),
  )

/** An address of 128 bits (IPv4 mapped) in one of its spellings. */
function spelled(random: Random, address: bigint): string {
  const isIpv4 = address >> 32n === 0xffffn
  if (isIpv4 && random.chance(0.7)) return dottedText(address - mapped)
  const full = addressText(address)
  const short = new URL(`http://[${full}]`).hostname.slice(1, -1)
  const tail = `${full.split(':').slice(0, 6).join(':')}:${dottedText(address & 0xffff_ffffn)}`
  const padded = full
    .split(':')
    .map((group) => group.padStart(4, '0'))
    .join(':')
  return random.pick([full, short, tail, padded, short.toUpperCase()])
}

const noAddresses = [
  '',
  '-',
  'unknown',
  '1.2.3',
  '1.2.3.4:80',
  '[::1]',
  'fe80::1%eth0',
  '::1::',
  ' 81.2.69.142',
  '256.1.1.1',
]

/** Addresses in, at the ends of and beside networks, and anywhere. */
function addressFrom(
  random: Random,
  networks: readonly { readonly first: bigint; readonly last: bigint }[],
): bigint {
  if (random.chance(0.1)) return mapped + bitsFrom(random, 32)
  if (random.chance(0.1)) return bitsFrom(random, 128)
  const network = networks[random.below(networks.length)] ?? { first: 1n, last: 1n }
  const inside = network.first + (bitsFrom(random, 128) % (network.last - network.first + 1n))
  return random.pick([network.first, network.last, inside, inside, network.first - 1n, network.last + 1n])
}

/** Whether the library finds IPv4 networks under an IPv6 address that is not mapped: ::/96, 2001::/32, 2002::/16. */
const isRepeated = (address: bigint): boolean =>
  address >> 32n === 0n || address >> 96n === 0x2001_0000n || address >> 112n === 0x2002n

describe.skipIf(data === undefined)(`geolocation${missing}`, () => {
  describeOnEngines('by a MaxMind database', (bench) => {
    test("finds for every address what the library's own lookup finds", async () => {
      const suite = path.join(data ?? '', 'geoip-maxmind-test')
      const file = path.join(suite, 'GeoIP2-Country-Test.mmdb')
      const reader = new Reader<CountryResponse>(await readFile(file))
      const networks = libraryNetworks(reader)
      const random = randomFrom(seed)
      const asked = Array.from({ length: bench.isEmbedded ? 6000 : 1500 }, (_, id) => {
        const address = addressFrom(random, networks)
        if (random.chance(0.03))
          return { id, ip: random.chance(0.3) ? null : random.pick(['x', ...noAddresses]) }
        return { id, ip: spelled(random, address), address }
      })
      const left = await visitsOf(bench, asked)
      const source = mmdb(file, {
        columns: {
          country: text({ from: '$.country.iso_code' }),
          continent: text({ from: '$.continent.names.en' }),
        },
      })
      const right = await landed(bench, 'networks', source, file)
      const plan = geolocateStep.lower(left.scan, { ip: 'ip', keep: ['country', 'continent'] }, [right.scan])
      const { rows } = await bench.run(plan, [left, right])
      const want = asked.map(({ id, ip, address }): Row => {
        const found =
          address === undefined || isRepeated(address)
            ? null
            : reader.get(address >> 32n === 0xffffn ? dottedText(address - mapped) : addressText(address))
        return [String(id), ip, found?.country?.iso_code ?? null, found?.continent?.names?.en ?? null]
      })
      expect(want.filter((r) => r[2] !== null).length).toBeGreaterThan(asked.length / 4)
      expect(want.filter((r) => r[2] === null).length).toBeGreaterThan(asked.length / 20)
      expect(rows, `seed ${seed}`).toEqual(want.map((r) => JSON.stringify(r)).toSorted())
      looked += asked.length
    }, 180_000)

    test('finds the country of IPv4 addresses in the ranges of a delimited file', async () => {
      const packed = await readFile(path.join(data ?? '', 'ip-country-dbip', 'dbip-country-ipv4.csv.gz'))
      const ranges = gunzipSync(packed)
        .toString()
        .trimEnd()
        .split('\n')
        .map((line) => line.split(','))
        .slice(0, bench.isEmbedded ? undefined : 20_000)
      const number = (ip: string): bigint => ip.split('.').reduce((n, part) => n * 256n + BigInt(part), 0n)
      const networks = ranges.map(([first = '', last = '', country = '']) => ({
        first: mapped + number(first),
        last: mapped + number(last),
        country,
      }))
      expect(networks.length).toBe(bench.isEmbedded ? 355_800 : 20_000)
      const file = path.join(bench.folder(), 'ranges.csv')
      await writeFile(file, ranges.map((range) => `${range.join(',')}\n`).join(''))
      const columns = { start: text(), end: text(), country: text() }
      const source = csv(file, { columns, dialect: { header: false } })
      const right = await landed(bench, 'ranges', source, file)
      const random = randomFrom(seed + 1)
      const asked = Array.from({ length: bench.isEmbedded ? 20_000 : 2000 }, (_, id) => {
        const address = mapped + (addressFrom(random, networks) & 0xffff_ffffn)
        return { id, ip: spelled(random, address), address }
      })
      const left = await visitsOf(bench, asked)
      const plan = geolocateStep.lower(left.scan, { ip: 'ip', range: { first: 'start', last: 'end' } }, [
        right.scan,
      ])
      const { rows } = await bench.run(plan, [left, right])
      const want = asked.map(({ id, ip, address }): Row => [String(id), ip, holding(networks, address)])
      expect(want.filter((r) => r[2] !== null).length).toBeGreaterThan(asked.length / 2)
      expect(rows, `seed ${seed}`).toEqual(want.map((r) => JSON.stringify(r)).toSorted())
      looked += asked.length
    }, 180_000)
  })
})

/** The country of the range that holds an address, by halving. */
function holding(
  ranges: readonly { readonly first: bigint; readonly last: bigint; readonly country: string }[],
  address: bigint,
): string | null {
  let [low, high] = [0, ranges.length - 1]
  while (low <= high) {
    const middle = (low + high) >> 1
    const range = ranges[middle]
    if (range === undefined) return null
    if (address < range.first) high = middle - 1
    else if (address > range.last) low = middle + 1
    else return range.country
  }
  return null
}
