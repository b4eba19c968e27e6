import os from 'node:os'
import { mkdir } from 'node:fs/promises'
import { query } from './query.ts'
import type { Engine } from '../contract.ts'
import { refusals } from '../print/refusal.ts'
import { defaultMemoryLimitBytes, fittingConcurrency } from './memory.ts'
import { exportFiles } from './export.ts'
import { filesHoldingKeys } from './key-search.ts'
import { materialise } from './materialise.ts'

export interface DuckdbOptions {
  /** Bytes for the engine; default 60 % of what the process may use. */
  readonly memoryLimitBytes?: number
  /** Default: all cores. */
  readonly threads?: number
  /** Calls that may run at the same time: each gets an equal part of the memory. Default: as memory allows. */
  readonly concurrency?: number
}

/** Opens the embedded engine. Each materialisation runs in an in-memory DuckDB of its own, so none can harm another. */
export function openDuckdb(options: DuckdbOptions = {}): Engine {
  const memory = options.memoryLimitBytes ?? defaultMemoryLimitBytes()
  const concurrency = options.concurrency ?? fittingConcurrency(memory, os.availableParallelism())
  const limits = {
    memoryLimitBytes: Math.floor(memory / concurrency),
    threads: options.threads ?? os.availableParallelism(),
  }
  return {
    name: 'duckdb',
    concurrency,
    refuses: (plan) => refusals(plan, 'duckdb'),
    materialise: async (request) => {
      for (const folder of [request.folder, request.rejectFolder, request.scratch])
        await mkdir(folder, { recursive: true })
      return materialise(request, limits)
    },
    export: (request) => exportFiles(request, limits),
    filesHoldingKeys: (search) => filesHoldingKeys(search, limits),
    query: (request) => query(request, limits),
    [Symbol.asyncDispose]: async () => undefined,
  }
}

export { defaultMemoryLimitBytes, parseBytes, usableMemoryBytes } from './memory.ts'
