import { open } from 'node:fs/promises'
import type { DuckDBConnection } from '@duckdb/node-api'
import type { MaterialiseRequest, ScanBinding } from '../contract.ts'
import { expectedStatements, progressMeter } from './progress-meter.ts'

type Watched = Pick<MaterialiseRequest, 'plan' | 'inputs' | 'onProgress'>

const intervalMs = 250
const sampleBytes = 256 * 1024

interface Size {
  readonly bytes: number
  /** Exact for lake files; for text files by the density of lines at the start; undefined where nothing tells. */
  readonly rows: number | undefined
}

/**
 * Reports the progress of all statements that run on a connection for a request, as one share, four times a second, until
 * disposed. Rows of source files are an estimate.
 */
export function watchProgress(connection: DuckDBConnection, request: Watched): Disposable {
  const report = request.onProgress
  if (report === undefined) return { [Symbol.dispose]: () => undefined }
  let total: Size = { bytes: 0, rows: undefined }
  void sizeOf([...request.inputs.values()]).then((size) => (total = size))
  const meter = progressMeter(expectedStatements(request))
  const timer = setInterval(() => {
    const { percentage } = connection.progress
    if (percentage < 0) return
    const share = meter(percentage)
    report({
      share,
      phase: 'run',
      bytesRead: Math.round(total.bytes * share),
      bytesTotal: total.bytes,
      ...(total.rows === undefined ? {} : { rowsRead: Math.round(total.rows * share) }),
    })
  }, intervalMs)
  timer.unref()
  return { [Symbol.dispose]: () => clearInterval(timer) }
}

/** The bytes and rows that a plan's inputs hold. Never fails: what cannot be told is left out. */
async function sizeOf(bindings: readonly ScanBinding[]): Promise<Size> {
  let bytes = 0
  let rows: number | undefined = 0
  for (const binding of bindings) {
    if (binding.kind === 'lake') {
      for (const file of binding.files) bytes += file.bytes
      rows = rows === undefined ? undefined : rows + binding.files.reduce((sum, f) => sum + f.rows, 0)
      continue
    }
    const size = binding.scan.files.reduce((sum, f) => sum + f.size, 0)
    bytes += size
    const [first] = binding.scan.files
    const perByte =
      first === undefined || binding.scan.format.kind === 'parquet'
        ? undefined
        : await linesPerByte(first.path)
    rows = rows === undefined || perByte === undefined ? undefined : rows + Math.round(size * perByte)
  }
  return { bytes, rows }
}

async function linesPerByte(path: string): Promise<number | undefined> {
  if (/\.(gz|zst)$/.test(path)) return undefined
  try {
    await using file = await open(path, 'r')
    const { buffer, bytesRead } = await file.read(Buffer.alloc(sampleBytes), 0, sampleBytes, 0)
    let lines = 0
    for (let at = buffer.indexOf(10); at >= 0 && at < bytesRead; at = buffer.indexOf(10, at + 1)) lines++
    return lines === 0 ? undefined : lines / bytesRead
  } catch {
    return undefined
  }
}
