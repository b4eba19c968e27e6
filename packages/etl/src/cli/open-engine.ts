import type { Config } from '../author/config.ts'
import { EtlError } from '../base/errors.ts'
import type { Engine } from '../engine/contract.ts'
import { openDuckdb, parseBytes } from '../engine/duckdb/index.ts'
import { wholeNumber } from './option.ts'

/** The options of the embedded engine as the command line gives them. */
export interface EngineLimits {
  readonly memory?: string
  readonly threads?: string
  readonly concurrency?: string
}

/** Opens the embedded engine with the limits of the command line, else of the configuration. */
export function openEngine(
  options: EngineLimits,
  config?: Pick<Config, 'memoryLimit' | 'threads'>,
  tables = 1,
): Engine {
  const memory = options.memory ?? config?.memoryLimit
  const bytes = typeof memory === 'string' ? parseBytes(memory) : memory
  if (memory !== undefined && bytes === undefined) {
    throw new EtlError('cli.usage', `"${memory}" is no size`, {
      hint: 'Write a size such as 512MB or 4GiB.',
    })
  }
  const threads =
    options.threads === undefined ? config?.threads : wholeNumber('--threads', options.threads, 1)
  const asked = options.concurrency
  return openDuckdb({
    // One table at a time has all the memory.
    ...(tables === 1 ? { concurrency: 1 } : {}),
    ...(asked === undefined ? {} : { concurrency: wholeNumber('--concurrency', asked, 1) }),
    ...(bytes === undefined ? {} : { memoryLimitBytes: bytes }),
    ...(threads === undefined ? {} : { threads }),
  })
}
