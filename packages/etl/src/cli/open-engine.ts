import { availableParallelism } from 'node:os'
import type { Config } from '../author/config.ts'
import { EtlError } from '../base/errors.ts'
import type { Engine } from '../engine/contract.ts'
import { defaultMemoryLimitBytes, openDuckdb, parseBytes } from '../engine/duckdb/index.ts'
import type { DeliveryLimits } from '../run/target-run.ts'
import { wholeNumber } from './option.ts'

/** The options of the embedded engine as the command line gives them. */
export interface EngineLimits {
  readonly memory?: string
  readonly threads?: string
  readonly concurrency?: string
}

type ConfiguredLimits = Pick<Config, 'memoryLimit' | 'threads'>

/** Memory and threads as the command line gives them, else the configuration; undefined where neither does. */
function limitsOf(
  options: EngineLimits,
  config?: ConfiguredLimits,
): { readonly bytes: number | undefined; readonly threads: number | undefined } {
  const memory = options.memory ?? config?.memoryLimit
  const bytes = typeof memory === 'string' ? parseBytes(memory) : memory
  if (memory !== undefined && bytes === undefined) {
    throw new EtlError('cli.usage', `"${memory}" is no size`, {
      hint: 'Write a size such as 512MB or 4GiB.',
    })
  }
  const threads =
    options.threads === undefined ? config?.threads : wholeNumber('--threads', options.threads, 1)
  return { bytes, threads }
}

/** What the embedded engine may take while targets are delivered. */
export function deliveryLimits(options: EngineLimits, config?: ConfiguredLimits): DeliveryLimits {
  const { bytes, threads } = limitsOf(options, config)
  return {
    memoryLimitBytes: bytes ?? defaultMemoryLimitBytes(),
    threads: threads ?? availableParallelism(),
  }
}

/** Opens the embedded engine with the limits of the command line, else of the configuration. */
export function openEngine(options: EngineLimits, config?: ConfiguredLimits, tables = 1): Engine {
  const { bytes, threads } = limitsOf(options, config)
  const asked = options.concurrency
  return openDuckdb({
    // One table at a time has all the memory.
    ...(tables === 1 ? { concurrency: 1 } : {}),
    ...(asked === undefined ? {} : { concurrency: wholeNumber('--concurrency', asked, 1) }),
    ...(bytes === undefined ? {} : { memoryLimitBytes: bytes }),
    ...(threads === undefined ? {} : { threads }),
  })
}
