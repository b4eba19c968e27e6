import { zstdDecompressSync } from 'node:zlib'
import { CompressionType, setCompressionCodec, tableFromIPC } from '@uwdata/flechette'
import type { Schema } from '../../../plan/type.ts'
import type { ResultChunk } from '../../contract.ts'
import { columnValues } from './arrow-column.ts'

// Servers of 4.1 and later compress when told to; LZ4 is not in Node.
setCompressionCodec(CompressionType.ZSTD, {
  decode: (data: Uint8Array) => new Uint8Array(zstdDecompressSync(data)),
  encode: () => {
    throw new Error('nothing is compressed here')
  },
})

/**
 * Reads an Arrow stream, which holds the schema and any number of batches, in canonical form. `schema` is what Spark
 * announced for the result.
 */
export function* readArrow(data: Uint8Array, schema: Schema): Generator<ResultChunk> {
  // The reader views the bytes as numbers in place, which needs them to begin at a multiple of 8.
  const aligned = data.byteOffset % 8 === 0 ? data : new Uint8Array(data)
  const table = tableFromIPC(aligned)
  const batches = table.children[0]?.data.length ?? 0
  for (let n = 0; n < batches; n++) {
    const columns = table.children.map((column, index) => {
      const batch = column.data[n]
      const field = schema[index]
      if (batch === undefined || field === undefined) throw new Error('an Arrow batch lacks a column')
      return columnValues(batch, field.type)
    })
    yield { rows: columns[0]?.length ?? 0, columns }
  }
}
