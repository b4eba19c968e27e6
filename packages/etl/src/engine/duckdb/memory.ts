import os from 'node:os'

/** Bytes this process may use: the smaller of the machine's memory and the limit of its control group. */
export function usableMemoryBytes(): number {
  const limit = process.constrainedMemory()
  const total = os.totalmem()
  return limit > 0 && limit < total ? limit : total
}

/** The default memory limit of the engine in bytes: 60 % of what the process may use. */
export function defaultMemoryLimitBytes(): number {
  return Math.floor(usableMemoryBytes() * 0.6)
}

/**
 * Reads a memory size as users write it: `512MB`, `4 GiB`, `1.5GB`; a bare number is bytes. Returns bytes, or undefined
 * when the text is no size.
 */
export function parseBytes(size: string): number | undefined {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?\s*$/i.exec(size)
  if (match === null) return undefined
  const power = ['', 'k', 'm', 'g', 't'].indexOf((match[2] ?? '').toLowerCase())
  const base = match[3] === '' ? 1000 : 1024
  return Math.floor(Number(match[1]) * base ** power)
}

/** What one call should have at the least, so that its scans, joins and writers need not spill at once. */
const comfortableBytes = 2 * 2 ** 30

/** How many calls may run at the same time: one for every two GiB of the limit, at most one a core. */
export function fittingConcurrency(memoryLimitBytes: number, cores: number): number {
  return Math.max(1, Math.min(cores, Math.floor(memoryLimitBytes / comfortableBytes)))
}
