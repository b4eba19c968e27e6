import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { int64, text } from '../../packages/etl/src/connector/column.ts'
import { parquet } from '../../packages/etl/src/connector/parquet.ts'
import { openParquet } from '../../packages/etl/src/engine/duckdb/read/parquet.ts'
import { runCommand } from '../../tools/peers/command.ts'
import { installPyIceberg } from '../../tools/peers/pyiceberg.ts'
import { readSource } from './read-source.ts'

const python = await installPyIceberg().catch((error: unknown) => {
  if (process.env['CI'] === 'true') throw error
  console.warn(
    `skipped: encrypted Parquet files are written by PyArrow, which needs python3 and PyPI (${error})`,
  )
  return undefined
})

/** Writes three files with PyArrow, which keeps the data keys in the files; no key is of any use here. */
const script = `
import base64, sys
import pyarrow as pa, pyarrow.parquet as pq, pyarrow.parquet.encryption as pe
class Kms(pe.KmsClient):
    def __init__(self, config): pe.KmsClient.__init__(self)
    def wrap_key(self, key, master): return base64.b64encode(key)
    def unwrap_key(self, key, master): return base64.b64decode(key)
table = pa.table({'a': [1, 2, 3], 's': ['x', 'y', 'z']})
factory = pe.CryptoFactory(lambda config: Kms(config))
def write(name, **options):
    config = pe.EncryptionConfiguration(footer_key='footer', **options)
    properties = factory.file_encryption_properties(pe.KmsConnectionConfig(), config)
    with pq.ParquetWriter(sys.argv[1] + '/' + name, table.schema, encryption_properties=properties) as out:
        out.write_table(table)
write('footer.parquet', column_keys={'key': ['s']})
write('column.parquet', column_keys={'key': ['s']}, plaintext_footer=True)
write('columns.parquet', column_keys={'key': ['a', 's']}, plaintext_footer=True)
`

describe.skipIf(python === undefined)('encrypted Parquet files without a key', () => {
  let folder = ''
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'parquet-encrypted-'))
    await runCommand(python ?? '', ['-c', script, folder])
  }, 300_000)
  afterAll(() => rm(folder, { recursive: true }))

  const both = { a: int64(), s: text() }
  const onlyA = { a: int64() }
  const read = (name: string, columns: typeof both | typeof onlyA): ReturnType<typeof readSource> =>
    readSource(parquet('*', { columns }), [path.join(folder, name)], openParquet)

  test('are refused when their footer or a declared column is encrypted', async () => {
    await expect(read('footer.parquet', both)).rejects.toThrow(/its footer is encrypted/)
    await expect(read('footer.parquet', onlyA)).rejects.toMatchObject({ code: 'source.corrupt' })
    await expect(read('column.parquet', both)).rejects.toThrow(/column s is encrypted/)
    await expect(read('columns.parquet', onlyA)).rejects.toThrow(/column a is encrypted/)
  })

  test('give the columns that are not', async () => {
    expect((await read('column.parquet', onlyA)).rows).toEqual([['1'], ['2'], ['3']])
  })
})
