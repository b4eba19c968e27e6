import path from 'node:path'
import { EtlError } from '../../base/errors.ts'
import { isConserved, type MaterialiseRequest, type MaterialiseResult, rejectSchema } from '../contract.ts'
import { registerRowFunctions } from './apply.ts'
import { registerBucketHashes } from './bucket.ts'
import { book, finishSource, newLowering } from './booking.ts'
import { lower } from './lower.ts'
import { watchProgress } from './progress.ts'
import { rowsScanned } from './profile.ts'
import { openSession, type Session } from './session.ts'
import type { RefusedRows } from '../booking/settle.ts'
import { closeTally } from '../booking/tally.ts'
import { rowsOf, writeFiles } from './write.ts'

export interface DuckdbLimits {
  readonly memoryLimitBytes: number
  readonly threads: number
}

/** The folders of all files that a plan's inputs are bound to. */
export function inputFolders(inputs: MaterialiseRequest['inputs']): string[] {
  const files: string[] = []
  for (const binding of inputs.values()) {
    const list = binding.kind === 'lake' ? binding.files : binding.scan.files
    for (const file of list) files.push(file.path)
  }
  // A folder per file keeps the list short; source and data folders hold nothing but data.
  return [...new Set(files.map((f) => path.dirname(f)))]
}

/** Runs a plan into data files, see `Engine.materialise`. */
export async function materialise(
  request: MaterialiseRequest,
  limits: DuckdbLimits,
): Promise<MaterialiseResult> {
  await using session = await openSession({
    ...limits,
    scratch: request.scratch,
    allowed: { folders: [...inputFolders(request.inputs), request.folder, request.rejectFolder], files: [] },
    ...(request.signal ? { signal: request.signal } : {}),
  })
  if (request.partition.some((p) => p.transform.kind === 'bucket')) registerBucketHashes(session.connection)
  const rowFailure = registerRowFunctions(session.connection, request.plan, request.functions)
  using _progress = watchProgress(session.connection, request)
  try {
    return await build(session, request, limits)
  } catch (error) {
    throw rowFailure.error ?? error
  }
}

async function build(
  session: Session,
  request: MaterialiseRequest,
  limits: DuckdbLimits,
): Promise<MaterialiseResult> {
  const l = newLowering(session, request, limits.memoryLimitBytes)
  const relation = await lower(request.plan, l, true)
  const { files, operators } = await writeFiles(
    session,
    { ...request, select: relation.sql },
    `writing ${request.primary}`,
  )
  const written = rowsOf(files)
  if (relation.opened === undefined) await book(relation, written, l)
  else await finishSource(relation, rowsScanned(operators), written, l)
  const counts = closeTally(l.tally, written)
  if (!isConserved(counts)) {
    throw new EtlError('bug.unreachable', `rows are not conserved: ${JSON.stringify(counts)}`)
  }
  return { files, rejects: await writeRejects(session, request, l.refused), counts }
}

async function writeRejects(
  session: Session,
  request: MaterialiseRequest,
  refused: readonly RefusedRows[],
): Promise<MaterialiseResult['rejects']> {
  if (refused.length === 0) return []
  const { files } = await writeFiles(
    session,
    {
      select: refused.map((r) => r.sql).join(' UNION ALL '),
      schema: rejectSchema.map((f, i) => ({ ...f, id: i + 1 })),
      partition: [],
      folder: request.rejectFolder,
      targetFileBytes: request.targetFileBytes,
    },
    'writing rejected rows',
  )
  const expected = rowsOf(refused)
  if (rowsOf(files) !== expected) {
    throw new EtlError('bug.unreachable', `${expected} rows were rejected but ${rowsOf(files)} were kept`)
  }
  return files
}
