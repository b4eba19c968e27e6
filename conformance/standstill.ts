import { readdirSync, readFileSync } from 'node:fs'
import { DuckDBConnection, DuckDBResult } from '@duckdb/node-api'
import { beforeEach } from 'vitest'

/*
 * Setup of the integration suites: a test that exceeds its time says which statements of the embedded engine stand, and
 * what each thread of the process does. Without it a hang that comes once in a hundred runs leaves no trace.
 */

interface Standing {
  readonly what: string
  readonly since: number
}

const standing = new Set<Standing>()

/** Keeps what a method was asked in `standing` until it settles. */
function follow(prototype: object, method: string): void {
  const methods = prototype as Record<string, (...given: unknown[]) => Promise<unknown>>
  const original = methods[method]
  if (original === undefined) throw new Error(`DuckDB's client has no ${method}`)
  methods[method] = async function followed(this: unknown, ...given: unknown[]): Promise<unknown> {
    const entry = { what: `${method} ${String(given[0] ?? '')}`.trim(), since: Date.now() }
    standing.add(entry)
    try {
      return await original.apply(this, given)
    } finally {
      standing.delete(entry)
    }
  }
}

for (const method of ['run', 'stream', 'prepare']) follow(DuckDBConnection.prototype, method)
follow(DuckDBResult.prototype, 'fetchChunk')

/** A line for each thread of this process: its name, state, ticks of processor time, and where the kernel has it wait. */
function threads(): readonly string[] {
  const folder = '/proc/self/task'
  const lines: string[] = []
  for (const id of readdirSync(folder)) {
    const read = (name: string): string => readFileSync(`${folder}/${id}/${name}`, 'utf8').trim()
    try {
      // After the name, which may hold anything: state, …, user and system time as fields 12 and 13.
      const fields = read('stat')
        .replace(/^.*\) /s, '')
        .split(' ')
      lines.push(
        `${id} ${read('comm')} ${fields[0]} user ${fields[11]} system ${fields[12]} in ${read('wchan')}`,
      )
    } catch {
      // The thread has ended.
    }
  }
  return lines
}

function report(test: string): string {
  const now = Date.now()
  return [
    `${test} was stopped: it exceeded its time, or the run was cancelled.`,
    `Statements of the embedded engine that stand: ${standing.size}`,
    ...[...standing].map((s) => `  for ${now - s.since} ms: ${s.what}`),
    `What keeps Node waiting: ${process.getActiveResourcesInfo().join(', ')}`,
    ...(process.platform === 'linux' ? ['Threads:', ...threads().map((t) => `  ${t}`)] : []),
  ].join('\n')
}

beforeEach(({ signal, task }) => {
  signal.addEventListener('abort', () => console.error(report(task.name)), { once: true })
})
