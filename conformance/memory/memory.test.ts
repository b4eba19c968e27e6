import { spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { LakeFile } from '../../packages/etl/src/engine/contract.ts'
import type { MemoryCase } from './case.ts'
import { cases } from './cases.ts'
import { ask, rowBytes, writeWide } from './input.ts'

/**
 * What a process may take beyond the engine's limit: 110 MiB for Node and DuckDB themselves; the rest is what scans,
 * compression and allocators hold outside the engine's account, which grows with the limit.
 */
const overheadBytes = (limitBytes: number): number => 300 * 2 ** 20 + limitBytes / 2

/** How many times the limit the rows take when they are not compressed. */
const factor = 5

interface Shape {
  readonly limitMiB: number
  /** Files of the input: one is scanned in another way than several. */
  readonly files: number
}

/** `MEMORY_SUITE=full` runs every case at the limits that are stated for users; without it the telling ones run smaller. */
const full = process.env['MEMORY_SUITE'] === 'full'
const shapes: readonly Shape[] = full
  ? [
      { limitMiB: 256, files: 1 },
      { limitMiB: 256, files: 6 },
      { limitMiB: 512, files: 6 },
    ]
  : [{ limitMiB: 128, files: 6 }]
const chosen = full ? cases : cases.filter((c) => c.telling === true)

interface Outcome {
  readonly ms: number
  readonly peakBytes: number
  readonly files?: readonly string[]
  readonly failure?: string
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'memory-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

const inputs = new Map<string, Promise<LakeFile[]>>()
const inputOf = (rows: number, files: number): Promise<LakeFile[]> => {
  const at = path.join(folder, `wide-${rows}-${files}`)
  const written = inputs.get(at) ?? writeWide(rows, at, files)
  inputs.set(at, written)
  return written
}

/** Runs a case in a process of its own, whose largest resident set is the case's. */
async function runAlone(
  name: string,
  limitBytes: number,
  input: readonly LakeFile[],
  at: string,
): Promise<Outcome> {
  const script = path.join(import.meta.dirname, 'run-case.ts')
  const args = [script, name, String(limitBytes), JSON.stringify(input), at]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let complaint = ''
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()))
  const code = await new Promise((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`the process of "${name}" ended with ${String(code)}: ${complaint}`)
  return JSON.parse(output) as Outcome
}

const asText = (rows: readonly (readonly unknown[])[]): string[][] => rows.map((r) => r.map(String))

/** The rows that were written. Files of a table have no order among rows: `limit` is what shows that a sort was right. */
const printOut = (files: readonly string[]): string =>
  `SELECT * FROM read_parquet([${files.map((f) => `'${f}'`).join(', ')}], hive_partitioning = false)`

async function judge(c: MemoryCase, { limitMiB, files: count }: Shape): Promise<void> {
  const limitBytes = limitMiB * 2 ** 20
  // Whole thousands, so that every tag and amount occurs equally often.
  const rows = Math.floor(((limitBytes * factor) / rowBytes) * (c.part ?? 1) * 1e-3) * 1000
  const at = path.join(folder, 'run')
  try {
    const {
      ms,
      peakBytes,
      files = [],
      failure,
    } = await runAlone(c.name, limitBytes, await inputOf(rows, count), at)
    const ratio = (peakBytes / limitBytes).toFixed(2)
    console.log(
      `${limitMiB} MiB | ${count} files | ${c.name} | ${rows} rows | ${(ms / 1000).toFixed(1)} s | ${Math.round(peakBytes / 2 ** 20)} MiB | ${ratio} of the limit`,
    )
    expect(failure).toBeUndefined()
    expect(asText(await ask(`SELECT ${c.found} FROM (${printOut(files)}) out`))).toEqual(
      asText(await ask(c.expected(rows))),
    )
    const slackBytes = (c.slackMiB ?? 0) * 2 ** 20
    expect(peakBytes).toBeLessThanOrEqual(limitBytes + overheadBytes(limitBytes) + slackBytes)
  } finally {
    await rm(at, { recursive: true, force: true })
  }
}

test('there are cases', () => {
  expect(chosen.length).toBeGreaterThan(10)
})

describe.each(shapes)('$limitMiB MiB, $files files', (shape) => {
  test.each(chosen.map((c) => [c.name, c] as const))('%s', (_name, c) => judge(c, shape))
})
