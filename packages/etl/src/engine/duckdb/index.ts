import os from 'node:os'
import { mkdir } from 'node:fs/promises'
import type { Engine } from '../contract.ts'
import { refusals } from '../print/refusal.ts'
import type { DuckdbLimits } from './attempts.ts'
import { defaultMemoryLimitBytes, fittingConcurrency } from './memory.ts'
import { surveyAhead } from './read/csv-ahead.ts'
import type { BegunSurvey } from './read/csv-survey.ts'

export interface DuckdbOptions {
  /** Bytes for the engine; default 60 % of what the process may use. */
  readonly memoryLimitBytes?: number
  /** Default: all cores. */
  readonly threads?: number
  /** Calls that may run at the same time: each gets an equal part of the memory. Default: as memory allows. */
  readonly concurrency?: number
}

/**
 * Opens the embedded engine. Each materialisation runs in an in-memory DuckDB of its own, so none can harm another. DuckDB
 * is loaded when it is first needed.
 */
export function openDuckdb(options: DuckdbOptions = {}): Engine {
  const memory = options.memoryLimitBytes ?? defaultMemoryLimitBytes()
  const concurrency = options.concurrency ?? fittingConcurrency(memory, os.availableParallelism())
  let ahead: BegunSurvey | undefined
  const limits: DuckdbLimits = {
    memoryLimitBytes: Math.floor(memory / concurrency),
    threads: options.threads ?? os.availableParallelism(),
  }
  /** The look that was begun, once: what it saw holds for the export that it was begun for. */
  const takeAhead = (): BegunSurvey | undefined => {
    const taken = ahead
    ahead = undefined
    return taken
  }
  return {
    name: 'duckdb',
    concurrency,
    refuses: (plan) => refusals(plan, 'duckdb'),
    willRead: async (file) => {
      await takeAhead()?.[Symbol.asyncDispose]()
      if (limits.threads > 1) ahead = await surveyAhead(file)
    },
    materialise: async (request) => {
      for (const folder of [request.folder, request.rejectFolder, request.scratch])
        await mkdir(folder, { recursive: true })
      const { materialise } = await import('./materialise.ts')
      return materialise(request, limits)
    },
    export: async (request) => {
      await using begun = takeAhead()
      const { exportFiles } = await import('./export.ts')
      return await exportFiles(request, begun ? { ...limits, ahead: begun } : limits)
    },
    filesHoldingKeys: async (search) => (await import('./key-search.ts')).filesHoldingKeys(search, limits),
    query: async (request) => (await import('./query.ts')).query(request, limits),
    [Symbol.asyncDispose]: async () => takeAhead()?.[Symbol.asyncDispose](),
  }
}

export { defaultMemoryLimitBytes, parseBytes, usableMemoryBytes } from './memory.ts'
