import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { DuckDBInstance } from '@duckdb/node-api'
import { expect, test } from 'vitest'
import { murmur3 } from '../../base/murmur3.ts'
import { decimal, type LogicalType } from '../../plan/type.ts'
import type { Transform } from '../contract.ts'
import { openDuckdb } from './index.ts'

/** Values as SQL, a transform, and the canonical partition text that the Iceberg specification gives. */
const cases: readonly (readonly [LogicalType, string, Transform, string | null])[] = [
  [{ kind: 'text' }, `'EU/x=1'`, { kind: 'identity' }, 'EU/x=1'],
  [{ kind: 'text' }, `''`, { kind: 'identity' }, ''],
  [{ kind: 'text' }, `'..'`, { kind: 'identity' }, '..'],
  [{ kind: 'text' }, `'%2e%2e/\u00e9 \u{1F600}'`, { kind: 'identity' }, '%2e%2e/\u00e9 \u{1F600}'],
  [{ kind: 'text' }, 'NULL', { kind: 'identity' }, null],
  [{ kind: 'int64' }, '-9223372036854775808', { kind: 'identity' }, '-9223372036854775808'],
  [{ kind: 'bool' }, 'true', { kind: 'identity' }, 'true'],
  [{ kind: 'date' }, `DATE '0099-01-02'`, { kind: 'identity' }, '0099-01-02'],
  [decimal(10, 2), '-0.50', { kind: 'identity' }, '-0.50'],
  [decimal(4, 4), '0.5', { kind: 'identity' }, '0.5000'],
  [
    { kind: 'timestamp' },
    `TIMESTAMP '2024-01-31 12:00:00.000001'`,
    { kind: 'identity' },
    '2024-01-31T12:00:00.000001',
  ],
  [{ kind: 'timestamp' }, `TIMESTAMP '1969-12-31 23:00:00'`, { kind: 'month' }, '-1'],
  [{ kind: 'timestamp' }, `TIMESTAMP '1969-12-31 23:00:00'`, { kind: 'year' }, '-1'],
  [{ kind: 'timestamp' }, `TIMESTAMP '1969-12-31 23:00:00'`, { kind: 'day' }, '-1'],
  [{ kind: 'timestamp' }, `TIMESTAMP '1969-12-31 23:59:59.999999'`, { kind: 'hour' }, '-1'],
  [{ kind: 'date' }, `DATE '2024-02-29'`, { kind: 'month' }, '649'],
  [{ kind: 'int32' }, '-1', { kind: 'truncate', width: 10 }, '-10'],
  [{ kind: 'text' }, `'iceberg'`, { kind: 'truncate', width: 3 }, 'ice'],
  [decimal(9, 2), '10.65', { kind: 'truncate', width: 50 }, '10.50'],
  // Appendix B of the specification: hashes of 34 and 'iceberg'.
  [{ kind: 'int64' }, '34', { kind: 'bucket', count: 16 }, String((2017239379 & 2147483647) % 16)],
  [{ kind: 'text' }, `'iceberg'`, { kind: 'bucket', count: 16 }, String((1210000089 & 2147483647) % 16)],
  [{ kind: 'text' }, 'NULL', { kind: 'bucket', count: 16 }, null],
  [
    { kind: 'date' },
    `DATE '2017-11-16'`,
    { kind: 'bucket', count: 7 },
    String((-653330422 & 2147483647) % 7),
  ],
  [
    { kind: 'uuid' },
    `'f79c3e09-677c-4bbd-a479-3f349cb785e7'`,
    { kind: 'bucket', count: 1000 },
    String((1488055340 & 2147483647) % 1000),
  ],
]

test('partition values are those of the Iceberg specification', async () => {
  expect(murmur3(new TextEncoder().encode('iceberg'))).toBe(1210000089)
  const folder = await mkdtemp(path.join(os.tmpdir(), 'partition-'))
  try {
    for (const [i, [type, sql, transform, expected]] of cases.entries()) {
      const file = path.join(folder, `${i}.parquet`)
      const connection = await (await DuckDBInstance.create(':memory:')).connect()
      const sqlTypes: Partial<Record<LogicalType['kind'], string>> = {
        text: 'VARCHAR',
        int64: 'BIGINT',
        int32: 'INTEGER',
        bool: 'BOOLEAN',
      }
      const sqlType =
        type.kind === 'decimal'
          ? `DECIMAL(${type.precision},${type.scale})`
          : (sqlTypes[type.kind] ?? type.kind)
      await connection.run(
        `COPY (SELECT CAST(${sql} AS ${sqlType}) AS v) TO '${file}' (FORMAT parquet, FIELD_IDS {v: 1})`,
      )
      await using engine = openDuckdb({ memoryLimitBytes: 256e6, threads: 1 })
      const schema = [{ id: 1, name: 'v', type, nullable: true }]
      const result = await engine.materialise({
        plan: { kind: 'scan', input: 't', schema: [{ name: 'v', type, nullable: true }] },
        inputs: new Map([['t', { kind: 'lake', files: [{ path: file, rows: 1, bytes: 1 }], schema }]]),
        primary: 't',
        schema,
        partition: [{ name: 'p', column: 'v', transform }],
        folder: path.join(folder, `out-${i}`),
        rejectFolder: path.join(folder, 'rejects'),
        scratch: path.join(folder, 'scratch'),
        functions: new Map(),
        targetFileBytes: 1e6,
      })
      expect(
        result.files.map((f) => f.partition),
        `${sql} ${transform.kind}`,
      ).toEqual([[expected]])
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
})
