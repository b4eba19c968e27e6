import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { gzipSync } from 'node:zlib'
import { Reader, type Response } from 'mmdb-lib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  bool,
  bytes,
  type Columns,
  decimal,
  float64,
  int32,
  int64,
  json,
  list,
  text,
  uint64,
} from '../../packages/etl/src/connector/column.ts'
import { mmdb } from '../../packages/etl/src/connector/mmdb.ts'
import { openMmdb } from '../../packages/etl/src/engine/duckdb/read/mmdb.ts'
import { randomFrom } from '../crash/random.ts'
import { seedFor } from '../crash/report.ts'
import { addressText, keyOf, libraryNetworks } from './mmdb-walk.ts'
import { readSource, realData, type SeenSource } from './read-source.ts'

const data = await realData()
const suite = path.join(data ?? '', 'geoip-maxmind-test')
const databases =
  data === undefined ? [] : (await readdir(suite)).filter((name) => name.endsWith('.mmdb')).toSorted()
const seed = seedFor('MMDB_SEED')

/** Files of the suite that are damaged on purpose, and what is said of them. */
const refused: Readonly<Record<string, RegExp>> = {
  'GeoIP2-City-Test-Broken-Double-Format.mmdb': /type 3 has 5 bytes/,
  'GeoIP2-City-Test-Invalid-Node-Count.mmdb': /search tree does not end/,
  'MaxMind-DB-test-broken-pointers-24.mmdb': /record cannot be read/,
  'MaxMind-DB-test-broken-search-tree-24.mmdb': /is no tree/,
}

let folder = ''
let networks = 0
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'mmdb-'))
})
afterAll(async () => {
  await rm(folder, { recursive: true })
  console.info(`${databases.length} databases of MaxMind's suite, ${networks} networks, seed ${seed}`)
})

const read = (file: string, columns: Columns): Promise<SeenSource> =>
  readSource(mmdb(file, { columns }), [file], openMmdb)

async function put(name: string, content: Buffer): Promise<string> {
  await writeFile(path.join(folder, name), content)
  return path.join(folder, name)
}

/** A record with what JSON cannot hold as the reader writes it. */
const written = (record: unknown): unknown =>
  JSON.parse(
    JSON.stringify(record, (_name, v: unknown) => {
      if (typeof v === 'bigint') return Number(v)
      if (typeof v === 'number' && !Number.isFinite(v)) return String(v)
      const buffer = v as { type?: unknown; data?: unknown }
      return buffer?.type === 'Buffer' && Array.isArray(buffer.data)
        ? Buffer.from(buffer.data as number[]).toString('base64')
        : v
    }),
  )

describe.skipIf(data === undefined)(
  `databases of MaxMind${data === undefined ? ' (no real data on this machine)' : ''}`,
  () => {
    test.each(databases.filter((name) => refused[name] === undefined))(
      '%s: every network that the library finds, with its record, once',
      async (name) => {
        const file = path.join(suite, name)
        const { rows, rejects, columns } = await read(file, { record: json({ from: '$' }) })
        expect(columns).toEqual(['network', 'prefix', 'first_key', 'last_key', 'record'])
        expect(rejects).toEqual([])
        const reader = new Reader<Response>(await readFile(file))
        const wanted = libraryNetworks(reader).map((n) => [
          n.network,
          n.prefix,
          keyOf(n.first),
          keyOf(n.last),
          written(n.record),
        ])
        const seen = rows.map(([network, prefix, first, last, record]) => [
          network,
          prefix,
          first,
          last,
          JSON.parse(String(record)),
        ])
        networks += rows.length
        const sorted = (all: readonly (readonly unknown[])[]): string[] =>
          all.map((r) => JSON.stringify([String(r[2]), r])).toSorted()
        expect(rows.length).toBeGreaterThan(0)
        expect(seen.map((r) => r[0]).toSorted()).toEqual(wanted.map((r) => r[0]).toSorted())
        expect(sorted(seen.map(stable))).toEqual(sorted(wanted.map(stable)))
      },
    )

    test.each(Object.entries(refused))('%s is refused', async (name, problem) => {
      await expect(read(path.join(suite, name), { record: json({ from: '$' }) })).rejects.toMatchObject({
        code: 'source.corrupt',
        message: expect.stringMatching(problem),
      })
    })

    test('typed columns of the city database are those of its source', async () => {
      const { rows, rejects } = await read(path.join(suite, 'GeoIP2-City-Test.mmdb'), {
        country: text({ from: '$.country.iso_code' }),
        city: text({ from: '$.city.names.en' }),
        region: text({ from: '$.subdivisions[0].iso_code' }),
        lat: decimal(9, 6, { from: '$.location.latitude' }),
        lon: float64({ from: '$.location.longitude' }),
        geoname: int64({ from: '$.city.geoname_id' }),
        eu: bool({ from: '$.country.is_in_european_union' }),
      })
      expect(rejects).toEqual([])
      const source = JSON.parse(
        await readFile(path.join(suite, 'GeoIP2-City-Test.json'), 'utf8'),
      ) as readonly Record<string, CityRecord>[]
      const byNetwork = new Map(source.flatMap((entry) => Object.entries(entry)))
      let compared = 0
      for (const [network, , , , ...values] of rows) {
        const record = byNetwork.get(String(network)) ?? byNetwork.get(`::${String(network)}`)
        if (record === undefined) continue
        compared++
        expect(values.map((v) => (v === null ? undefined : String(v)))).toEqual(
          [
            record.country?.iso_code,
            record.city?.names?.['en'],
            record.subdivisions?.[0]?.iso_code,
            record.location?.latitude?.toFixed(6),
            record.location?.longitude,
            record.city?.geoname_id,
            record.country?.is_in_european_union,
          ].map((v) => (v === undefined ? undefined : String(v))),
        )
      }
      expect(compared).toBeGreaterThan(100)
    })

    test('every type of the format is read with all its digits', async () => {
      const { rows } = await read(path.join(suite, 'MaxMind-DB-test-decoder.mmdb'), {
        boolean: bool(),
        data: bytes({ from: 'bytes' }),
        double: float64(),
        float: float64(),
        int32: int32(),
        uint16: int32(),
        uint32: int64(),
        uint64: uint64(),
        uint128: decimal(38, 0),
        utf8_string: text(),
        array: list(int32()),
        absent: text({ from: '$.map.mapX.nowhere' }),
        third: int32({ from: '$.map.mapX.arrayX[2]' }),
      })
      const row = rows.find((r) => r[0] === '1.1.1.0/24')
      expect(row?.slice(4)).toEqual([
        true,
        '\\x00\\x00\\x00*',
        42.123456,
        1.100000023841858,
        -268435456,
        100,
        '268435456',
        '1152921504606846976',
        '1329227995784915872903807060280344576',
        'unicode! ☯ - ♫',
        [1, 2, 3],
        null,
        9,
      ])
    })

    test('a value that does not fit makes its network a reject', async () => {
      const file = path.join(suite, 'GeoLite2-ASN-Test.mmdb')
      const { rows, rejects, total } = await read(file, {
        number: int32({ from: 'autonomous_system_number', required: true }),
        name: int32({ from: 'autonomous_system_organization' }),
      })
      expect(total).toBe(rows.length)
      expect(rows.every((r) => r[5] === null)).toBe(true)
      expect(rejects.length).toBeGreaterThan(100)
      expect(rejects[0]).toEqual({
        rule: 'mmdb.type',
        reason: 'name: "Google Inc." is no int32',
        source: file,
        line: 1,
        offset: null,
        original:
          '{"network":"1.0.0.0/24","prefix":24,"first_key":"00000000000000000000ffff01000000","last_key":"00000000000000000000ffff010000ff","number":15169,"name":"Google Inc."}',
      })
    })

    test('a compressed database is unpacked', async () => {
      const file = path.join(suite, 'MaxMind-DB-test-ipv4-24.mmdb')
      const packed = await put('packed.mmdb.gz', gzipSync(await readFile(file)))
      const columns = { ip: text({ required: true }) }
      expect((await read(packed, columns)).rows).toEqual((await read(file, columns)).rows)
    })

    test('a file that is cut off anywhere is refused', async () => {
      const whole = await readFile(path.join(suite, 'MaxMind-DB-test-mixed-28.mmdb'))
      const at = (start: number): number[] =>
        Array.from({ length: Math.min(220, whole.length - start) }, (_, i) => start + i)
      const cuts = [0, 1, 7, ...at(whole.length - 220)]
      for (const cut of cuts) {
        const file = await put('cut.mmdb', whole.subarray(0, cut))
        await expect(read(file, { ip: text() }), `cut at ${cut}`).rejects.toMatchObject({
          code: 'source.corrupt',
        })
      }
    }, 120_000)

    test('changed bytes give rows, rejects or a refusal, and never anything else', async () => {
      const whole = await readFile(path.join(suite, 'MaxMind-DB-test-nested.mmdb'))
      const random = randomFrom(seed)
      let refusals = 0
      for (let i = 0; i < 60; i++) {
        const changed = Buffer.from(whole)
        for (let n = 0; n < 1 + random.below(4); n++) changed[random.below(whole.length)] = random.below(256)
        const file = await put('changed.mmdb', changed)
        const outcome = await read(file, { record: json({ from: '$' }) }).catch((e: unknown) => e)
        if (outcome instanceof Error) {
          refusals++
          expect(outcome, `seed ${seed}, file ${i}`).toMatchObject({ code: 'source.corrupt' })
        }
      }
      expect(refusals).toBeGreaterThan(0)
    }, 120_000)

    test('addresses are written as the library reads them', () => {
      expect(addressText(0xffff01020304n)).toBe('0:0:0:0:0:ffff:102:304')
    })
  },
)

/** The order of members says nothing. */
function stable(row: readonly unknown[]): readonly unknown[] {
  const sort = (v: unknown): unknown =>
    Array.isArray(v)
      ? v.map(sort)
      : typeof v === 'object' && v !== null
        ? Object.fromEntries(
            Object.entries(v)
              .map(([k, m]): [string, unknown] => [k, sort(m)])
              .toSorted(([a], [b]) => (a < b ? -1 : 1)),
          )
        : v
  return row.map(sort)
}

interface CityRecord {
  readonly country?: { readonly iso_code?: string; readonly is_in_european_union?: boolean }
  readonly city?: { readonly names?: Readonly<Record<string, string>>; readonly geoname_id?: number }
  readonly subdivisions?: readonly { readonly iso_code?: string }[]
  readonly location?: { readonly latitude?: number; readonly longitude?: number }
}
