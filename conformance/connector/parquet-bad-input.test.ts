import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { parquetReadObjects } from 'hyparquet'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Columns,
  decimal,
  int32,
  int64,
  text,
  timestamp,
  uint64,
} from '../../packages/etl/src/connector/column.ts'
import { inferParquet } from '../../packages/etl/src/connector/parquet-infer.ts'
import { parquet } from '../../packages/etl/src/connector/parquet.ts'
import { openParquet } from '../../packages/etl/src/engine/duckdb/read/parquet.ts'
import { readSource, realData, type SeenSource } from './read-source.ts'

const data = await realData()
const suite = path.join(data ?? '', 'parquet-testing-data', 'data')

/** Files of the suite that are refused, and why. Every other file is read whole, as its footer proposes. */
const refused: Readonly<Record<string, RegExp>> = {
  'byte_stream_split_extended.gzip.parquet': /BYTE_STREAM_SPLIT/,
  'datapage_v1-corrupt-checksum.parquet': /checksum/,
  'hadoop_lz4_compressed.parquet': /Failed to read|decompress/i,
  'hadoop_lz4_compressed_larger.parquet': /Failed to read|decompress/i,
  'non_hadoop_lz4_compressed.parquet': /Failed to read|decompress/i,
  // Its moments have nanoseconds, which a timestamp cannot hold.
  'int96_from_spark.parquet': /INT96/,
  'map_no_value.parquet': /schema/,
  // Its footer counts no rows, its row groups six.
  'repeated_no_annotation.parquet': /footer counts/,
  'rle-dict-uncompressed-corrupt-checksum.parquet': /checksum/,
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'parquet-bad-'))
})
afterAll(() => rm(folder, { recursive: true }))

const read = (file: string, columns: Columns): Promise<SeenSource> =>
  readSource(parquet(file, { columns }), [file], openParquet)

async function write(name: string, sql: string): Promise<string> {
  const file = path.join(folder, name)
  const instance = await DuckDBInstance.create(':memory:')
  const connection = await instance.connect()
  await connection.run(`COPY (${sql}) TO '${file}' (FORMAT parquet)`)
  connection.closeSync()
  instance.closeSync()
  return file
}

async function put(name: string, bytes: Buffer): Promise<string> {
  await writeFile(path.join(folder, name), bytes)
  return path.join(folder, name)
}

describe.skipIf(data === undefined)('the Parquet suite', () => {
  test('every file has its declared outcome', async () => {
    const names = (await readdir(suite)).filter((n) => n.endsWith('.parquet')).toSorted()
    expect(names.length).toBeGreaterThan(50)
    const outcomes: Record<string, string> = {}
    for (const name of names) {
      const file = path.join(suite, name)
      try {
        const { columns } = await inferParquet(file)
        const seen = Object.keys(columns).length === 0 ? undefined : await read(file, columns)
        outcomes[name] = seen === undefined ? 'no column' : await compare(file, columns, seen)
      } catch (error) {
        outcomes[name] = (refused[name] ?? /^$/).test(String(error)) ? 'refused' : String(error)
      }
    }
    const expected = Object.fromEntries(
      names.map((n) => [n, n in refused ? 'refused' : (other[n] ?? 'exact')]),
    )
    expect(outcomes).toEqual(expected)
  })
})

/** Files whose columns are maps or have no logical type: nothing is proposed. */
const other: Readonly<Record<string, string>> = {
  'incorrect_map_schema.parquet': 'no column',
  'large_string_map.brotli.parquet': 'no column',
  'null_list.parquet': 'no column',
}

/** Compares with hyparquet: row count, NULLs, and values of integers, texts and booleans. */
async function compare(file: string, columns: Columns, seen: SeenSource): Promise<string> {
  if (seen.rejects.length > 0) return `${seen.rejects.length} rejects: ${seen.rejects[0]?.reason}`
  const bytes = await readFile(file)
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length)
  const peer = await parquetReadObjects({
    file: { byteLength: buffer.byteLength, slice: (a, b) => buffer.slice(a, b) },
  }).catch((error: unknown) => String(error))
  if (typeof peer === 'string') return 'exact'
  if (peer.length !== seen.rows.length) return `${seen.rows.length} rows, the peer reads ${peer.length}`
  for (const [i, name] of Object.keys(columns).entries()) {
    for (const [n, row] of seen.rows.entries()) {
      const theirs: unknown = peer[n]?.[name]
      // A repeated field without annotation has no way to tell NULL from an empty list.
      if ([theirs, row[i]].some((v) => Array.isArray(v) && v.length === 0)) continue
      if ((row[i] === null) !== (theirs === null || theirs === undefined))
        return `${name}, row ${n}: NULL in one reader only`
      const kind = columns[name]?.type.kind ?? ''
      const comparable = kind.startsWith('int') || ['text', 'bool', 'uint64'].includes(kind)
      if (comparable && String(row[i]) !== String(theirs))
        return `${name}, row ${n}: ${String(row[i])} is ${String(theirs)}`
    }
  }
  return 'exact'
}

describe('damaged and odd Parquet files', () => {
  const columns = { a: int64() }

  test('are refused with the reason before a row is read', async () => {
    const whole = await readFile(await write('whole.parquet', 'SELECT range AS a FROM range(1000)'))
    const tail = whole.subarray(-8)
    const cases: readonly (readonly [string, Buffer, RegExp])[] = [
      ['empty', Buffer.alloc(0), /0 bytes/],
      ['short', whole.subarray(0, 8), /too few/],
      ['cut', whole.subarray(0, -20), /no footer/],
      ['head-only', whole.subarray(0, 500), /no footer/],
      ['magic', Buffer.concat([Buffer.from('XXXX'), whole.subarray(4)]), /does not begin/],
      ['long', withFooterLength(whole, 2 ** 31), /claims 2147483648 bytes/],
      ['encrypted', Buffer.concat([whole.subarray(0, -4), Buffer.from('PARE')]), /encrypted/],
      [
        'garbage',
        Buffer.concat([whole.subarray(0, 4), Buffer.alloc(300, 255), lengthOf(300)]),
        /footer is damaged|footer counts/,
      ],
      ['text', Buffer.from('a,b\n1,2\nthis is no Parquet file\n'), /no footer/],
    ]
    expect(tail).toHaveLength(8)
    for (const [name, bytes, reason] of cases) {
      const file = await put(`${name}.parquet`, bytes)
      await expect(read(file, columns), name).rejects.toMatchObject({ code: 'source.corrupt' })
      await expect(read(file, columns), name).rejects.toThrow(reason)
    }
  })

  test('values without an exact place in their type are rejects', async () => {
    const file = await write(
      'odd.parquet',
      `SELECT * FROM (VALUES
        (1, 1.25::DECIMAL(38,10), 18446744073709551615::UBIGINT, TIMESTAMP_NS '2024-01-01 00:00:00.123456000', 'a'),
        (2, 1.2500000001::DECIMAL(38,10), 1::UBIGINT, TIMESTAMP_NS '2024-01-01 00:00:00.1', 'b'),
        (3000000000, 1::DECIMAL(38,10), 1::UBIGINT, TIMESTAMP_NS '2024-01-01 00:00:00.1', 'c'),
        (4, 1::DECIMAL(38,10), 1::UBIGINT, TIMESTAMP_NS '2024-01-01 00:00:00.123456789', 'd'),
        (5, NULL, NULL, NULL, NULL)) t(i, d, u, t, s)`,
    )
    const seen = await read(file, {
      i: int32(),
      d: decimal(18, 2),
      u: uint64(),
      t: timestamp(),
      s: text({ required: true }),
    })
    expect(seen.rows).toEqual([[1, '1.25', '18446744073709551615', '2024-01-01 00:00:00.123456', 'a']])
    expect(seen.rejects.map((r) => [r.line, r.reason])).toEqual([
      [2, 'd: 1.2500000001 is no decimal(18,2)'],
      [3, 'i: 3000000000 is no int32'],
      [4, 't: 2024-01-01 00:00:00.123456789 is no timestamp'],
      [5, 's: the value is missing'],
    ])
  })

  test('keeps all digits of decimals of 38 digits', async () => {
    const digits = '12345678901234567890123456789.123456789'
    const file = await write(
      'wide.parquet',
      `SELECT ${digits}::DECIMAL(38,9) AS d, -${digits}::DECIMAL(38,9) AS e`,
    )
    const seen = await read(file, { d: decimal(38, 9), e: decimal(38, 9) })
    expect(seen.rows).toEqual([[digits, `-${digits}`]])
  })

  test('refuses a type without an exact reading and a missing required column; a missing nullable one is NULL', async () => {
    const file = await write('types.parquet', "SELECT 1.5::DOUBLE AS a, 'x' AS b")
    await expect(read(file, { a: int64() })).rejects.toThrow(/stored as DOUBLE/)
    await expect(read(file, { b: text(), c: text({ required: true }) })).rejects.toThrow(/no column "c"/)
    expect((await read(file, { B: text(), c: text() })).rows).toEqual([['x', null]])
  })

  test('takes files of several schemas, and files without row groups', async () => {
    const files = [
      await write('one.parquet', 'SELECT 1::INTEGER AS a'),
      await write('two.parquet', "SELECT 'x' AS b, 2::BIGINT AS a"),
      await write('none.parquet', 'SELECT 1::INTEGER AS a WHERE FALSE'),
    ]
    const seen = await readSource(parquet('*', { columns: { a: int64(), b: text() } }), files, openParquet)
    expect(seen.rows.toSorted()).toEqual([
      ['1', null],
      ['2', 'x'],
    ])
    expect(seen.rejects).toEqual([])
  })
})

function lengthOf(bytes: number): Buffer {
  const out = Buffer.from('....PAR1')
  out.writeUInt32LE(bytes, 0)
  return out
}

function withFooterLength(whole: Buffer, bytes: number): Buffer {
  return Buffer.concat([whole.subarray(0, -8), lengthOf(bytes)])
}
