import { basename } from 'node:path'
import { openBytes, readFileHead } from '../engine/duckdb/read/source-bytes.ts'
import { accessLogColumns } from './access-log.ts'
import type { Inference } from './inference.ts'

const sniffedBytes = 64 * 1024
const moment = String.raw`\S+ \S+ .*? \[\d\d/[A-Za-z]{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4}\] "(?:[^"\\]|\\.)*" \d{3} (?:\d+|-)`
const commonLine = new RegExp(`^${moment}`)
const combinedLine = new RegExp(`^${moment} "(?:[^"\\\\]|\\\\.)*" "(?:[^"\\\\]|\\\\.)*"`)

/**
 * Proposes a declaration for a file by its content, whatever its name: Parquet by its magic number, JSON by a first
 * bracket that parses, an access log by its lines, and delimited text otherwise. gzip and zstd are unpacked. Fails as the
 * inference of the format does.
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
  const lines = start.split('\n', 20)
  const whole = lines.slice(0, Math.max(1, lines.length - 1))
  if (share(whole, commonLine) > 0.5) return inferAccessLog(path, share(whole, combinedLine) > 0.5)
  const { dialect, columns, warnings, declaration } = await (await import('./csv-infer.ts')).inferCsv(path)
  return { connector: 'csv', dialect, columns, warnings, declaration }
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
