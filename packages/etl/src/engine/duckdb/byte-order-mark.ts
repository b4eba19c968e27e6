import { createRequire } from 'node:module'
import { EtlError } from '../../base/errors.ts'

/**
 * Makes the binding give texts as they are. Its decoder (1.5.6) takes a byte order mark at the beginning of a text for none
 * of its characters and drops it, so a row function or a query would change values. To be called before values are read.
 */
export function keepByteOrderMarks(): void {
  const binding = createRequire(import.meta.url)('@duckdb/node-api/lib/vectors/dataAccessors.js') as {
    textDecoder: InstanceType<typeof TextDecoder>
  }
  if (!(binding.textDecoder instanceof TextDecoder))
    throw new EtlError('bug.unreachable', 'the binding of DuckDB has another decoder of texts')
  if (!binding.textDecoder.ignoreBOM) binding.textDecoder = new TextDecoder('utf-8', { ignoreBOM: true })
}
