import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { EtlError } from '../../../base/errors.ts'
import type { FileScan } from '../../../plan/source.ts'
import type { OpenedFiles, ReadContext } from './contract.ts'
import { splitArrays } from './json-array.ts'
import { jsonQuery, readRecords } from './json-query.ts'
import { findJsonRejects } from './json-reject.ts'
import { copyUnmarked, type FileHead, readFileHeads } from './source-bytes.ts'

/**
 * Opens JSON files as a relation.
 *
 * Lines: every non-blank line is a record. Array: the elements of the top-level array are the records (several arrays or
 * objects one after another are read as one), split in a bounded-memory pass into the scratch folder. A record must be an
 * object; members are found by exact name or path, of duplicate keys the first counts, and undeclared members are
 * ignored. Numbers keep all their digits. Everything else is a reject; see `findJsonRejects`.
 */
export async function openJson(scan: FileScan, context: ReadContext): Promise<OpenedFiles> {
  if (scan.format.kind !== 'json') throw new EtlError('bug.unreachable', 'the JSON reader needs JSON')
  const heads = await readFileHeads(scan.files.map((f) => f.path))
  const isArray = scan.format.layout === 'array'
  const staged = isArray
    ? await splitArrays(heads, context.scratch)
    : await withoutMarks(heads, context.scratch)
  const query = jsonQuery(scan)
  const select = `SELECT ${query.good} FROM (${query.values(readRecords(staged))}) WHERE NOT bad`
  return {
    select,
    finish: async ({ scanned, good }) => {
      if (scanned === good) return undefined
      return findJsonRejects(
        { heads, staged, isArray, query, expected: scanned - good },
        context,
        randomUUID(),
      )
    },
  }
}

/** DuckDB reads a record after a byte order mark or loses it, as it happens to split its work; so the mark goes first. */
async function withoutMarks(heads: readonly FileHead[], scratch: string): Promise<readonly FileHead[]> {
  const copy = (head: FileHead): Promise<FileHead> =>
    copyUnmarked(head, join(scratch, `${randomUUID()}.ndjson`))
  return Promise.all(heads.map((head) => (head.marked ? copy(head) : head)))
}
