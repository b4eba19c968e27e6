import type { DuckDBConnection } from '@duckdb/node-api'
import type { MaterialiseRequest } from '../contract.ts'

type Watched = Pick<MaterialiseRequest, 'inputs' | 'onProgress'>

const intervalMs = 250

/** Reports the progress of the statement that runs on a connection, four times a second, until disposed. */
export function watchProgress(connection: DuckDBConnection, request: Watched): Disposable {
  const report = request.onProgress
  if (report === undefined) return { [Symbol.dispose]: () => undefined }
  const bytesTotal = inputBytes(request)
  const timer = setInterval(() => {
    const { percentage, rows_processed: rows } = connection.progress
    if (percentage < 0) return
    const share = percentage / 100
    report({
      share,
      phase: 'run',
      rowsRead: Number(rows),
      bytesRead: Math.round(bytesTotal * share),
      bytesTotal,
    })
  }, intervalMs)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

function inputBytes(request: Watched): number {
  let total = 0
  for (const binding of request.inputs.values()) {
    if (binding.kind === 'lake') for (const f of binding.files) total += f.bytes
    else for (const f of binding.scan.files) total += f.size
  }
  return total
}
