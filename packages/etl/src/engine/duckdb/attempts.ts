import { mkdir, rm } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../../base/errors.ts'
import { type Node, walkNode } from '../../plan/node.ts'
import type { BegunSurvey } from './read/csv-survey.ts'

/** What one call of the engine may take. */
export interface DuckdbLimits {
  readonly memoryLimitBytes: number
  readonly threads: number
  /** A look at a file that was begun before the call. */
  readonly ahead?: BegunSurvey
}

/** The limits of one attempt. */
export interface AttemptLimits extends DuckdbLimits {
  /** Into how many buckets joins, groups, windows, sorts and partitioned writes divide their rows; 1: not at all. */
  readonly buckets: number
}

/** DuckDB's own passes first: they are the fastest, spill most of what they hold, and fail early where they cannot. */
const attempts = [1, 16, 64, 256]

const divisible = new Set<Node['kind']>([
  'aggregate',
  'dedupe',
  'join',
  'pivot',
  'sessionize',
  'sort',
  'window',
])

function canDivide(plan: Node): boolean {
  let found = false
  walkNode(plan, (n) => {
    found ||= divisible.has(n.kind)
  })
  return found
}

interface Attempted {
  readonly plan: Node
  readonly scratch: string
  readonly partition?: readonly unknown[]
}

/**
 * Runs a request, and where it runs out of memory runs it again with rows divided into buckets, then into more of them.
 * `outputs` are the folders that a failed attempt may have written to; they are emptied before the next.
 */
export async function withinMemory<R extends Attempted, T>(
  request: R,
  limits: DuckdbLimits,
  outputs: readonly string[],
  attempt: (request: R, limits: AttemptLimits) => Promise<T>,
): Promise<T> {
  const worthwhile = canDivide(request.plan) || (request.partition ?? []).length > 0
  for (const buckets of attempts) {
    const scratch = buckets === 1 ? request.scratch : path.join(request.scratch, `buckets-${buckets}`)
    try {
      return await attempt({ ...request, scratch }, { ...limits, buckets })
    } catch (error) {
      const outOfMemory = error instanceof EtlError && error.code === 'engine.out-of-memory'
      if (!outOfMemory || !worthwhile || buckets === attempts.at(-1)) throw error
      for (const folder of [...outputs, scratch]) await rm(folder, { recursive: true, force: true })
      for (const folder of [...outputs, request.scratch]) await mkdir(folder, { recursive: true })
    }
  }
  throw new EtlError('bug.unreachable', 'no attempt was made')
}
