import { basename } from 'node:path'
import { openBytes, readFileHead } from '../engine/duckdb/read/source-bytes.ts'
import { accessLogColumns } from './access-log.ts'
import type { Inference } from './inference.ts'

const sniffedBytes = 64 * 1024
const moment = String.raw`\S+ \S+ .*? \[\d\d/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "(?:[^"\\]|\\.)*" \d{3} (?:\d+|-)`
const commonLine = new RegExp(`^${moment}\\s*$`)
const combinedLine = new RegExp(`^${moment} "(?:[^"\\\\]|\\\\.)*" "(?:[^"\\\\]|\\\\.)*"\\s*$`)

/**
 * Proposes a declaration for a file by its content, whatever its name: Parquet by its magic number, JSON by a first
 * bracket that parses, an access log and other common logs by their lines, and delimited text otherwise. gzip and zstd
 * are unpacked. Fails as the inference of the format does.
 */
export async function inferFile(path: string): Promise<Inference> {
  const head = await firstBytes(path)
  const magic = head.toString('latin1', 0, 4)
  if (magic === 'PAR1' || magic === 'PARE' || (head.length === 0 && path.endsWith('.parquet')))
    return (await import('./parquet-infer.ts')).inferParquet(path)
  const start = head
    .toString('utf8')
    .replace(/^\uFEFF/, '')
    .trimStart()
  if (/^\{\s*["}]|^\[\s*[[{]/.test(start)) return (await import('./json-infer.ts')).inferJson(path)
  const lines = start.split(/\r?\n/)
  // The last line may be cut off, or the empty one behind the end.
  const whole = lines.slice(0, Math.max(1, lines.length - 1))
  const first = whole.slice(0, 20)
  if (share(first, commonLine) > 0.5) return inferAccessLog(path, false)
  if (share(first, combinedLine) > 0.5) return inferAccessLog(path, true)
  const found = await inferLog(path, whole)
  if (found !== undefined) return found
  const { dialect, columns, warnings, declaration } = await (await import('./csv-infer.ts')).inferCsv(path)
  return { connector: 'csv', dialect, columns, warnings, declaration }
}

/** Proposes a declaration for other logs; undefined when the lines look like none. */
async function inferLog(path: string, lines: readonly string[]): Promise<Inference | undefined> {
  if (lines.slice(0, 20).some((l) => l.startsWith('#Fields:')))
    return (await import('./w3c-infer.ts')).inferW3c(path, lines)
  return (await import('./grok/infer.ts')).inferGrok(path, lines)
}

const share = (lines: readonly string[], form: RegExp): number =>
  lines.filter((line) => form.test(line)).length / lines.length

async function firstBytes(path: string): Promise<Buffer> {
  const parts: Buffer[] = []
  let bytes = 0
  for await (const chunk of openBytes(await readFileHead(path))) {
    parts.push(chunk)
    bytes += chunk.length
    if (bytes >= sniffedBytes) break
  }
  return Buffer.concat(parts).subarray(0, sniffedBytes)
}

function inferAccessLog(path: string, combined: boolean): Inference {
  const name = basename(path)
    .replace(/\..*$/, '')
    .replaceAll(/\W+/g, '_')
    .toLowerCase()
    .replace(/^(?=\d|$)/, 'log_')
  const options = combined ? '' : ", { layout: 'common' }"
  const file = JSON.stringify(path).slice(1, -1).replaceAll("'", "\\'")
  const declaration = `import { accessLog, table } from '@securecart/etl'\n\nexport const ${name}Table = table('raw.${name}', {\n  from: accessLog('${file}'${options}),\n})\n`
  return { connector: 'accessLog', columns: accessLogColumns, warnings: [], declaration }
}
