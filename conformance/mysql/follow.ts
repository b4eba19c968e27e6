import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parse } from 'csv-parse/sync'
import type { RemoteSource } from '../../packages/etl/src/connector/contract.ts'
import { type Fetched, remoteOf } from '../../packages/etl/src/connector/remote.ts'

/** One record of a fetch: the declared values as staged, and what tells of the change. */
export interface Change {
  readonly values: readonly string[]
  readonly operation: string
  readonly committedAt: string
  readonly sequence: string
}

/** One who fetches changes again and again, as runs would. */
export interface Follower {
  /** Where the next fetch begins. */
  position: string | undefined
  last: Fetched | undefined
  next(): Promise<readonly Change[]>
  /** Operation and values of each record, as short texts. */
  story(): Promise<readonly string[]>
}

/** Begins to follow a source, without a lake. */
export function follow(source: RemoteSource): Follower {
  const follower: Follower = {
    position: undefined,
    last: undefined,
    async next() {
      const folder = mkdtempSync(path.join(tmpdir(), 'follow-'))
      try {
        const remote = await remoteOf(source)
        const fetched = await remote.fetch(source, { position: follower.position, folder })
        follower.position = fetched.position
        follower.last = fetched
        return fetched.fresh.flatMap((file) => changesOf(readFileSync(file.path, 'utf8')))
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
    story: async () =>
      (await follower.next()).map((change) => `${change.operation} ${change.values.join(' ')}`),
  }
  return follower
}

function changesOf(text: string): readonly Change[] {
  const records = parse(text, { relax_column_count: true }) as string[][]
  return records.map((record) => ({
    values: record.slice(0, -3),
    operation: record.at(-3) ?? '',
    committedAt: record.at(-2) ?? '',
    sequence: record.at(-1) ?? '',
  }))
}
