import path from 'node:path'
import { EtlError } from '../../base/errors.ts'
import {
  isConserved,
  type MaterialiseRequest,
  type MaterialiseResult,
  rejectSchema,
  type WrittenFile,
} from '../contract.ts'
import { registerRowFunctions } from './apply.ts'
import { type AttemptLimits, type DuckdbLimits, withinMemory } from './attempts.ts'
import { registerBucketHashes } from './bucket.ts'
import { book, finishSource, type Lowering, newLowering } from './booking.ts'
import { writeInBuckets } from './bucketed-write.ts'
import { lower, stage } from './lower.ts'
import { watchProgress } from './progress.ts'
import { rowsScanned } from './profile.ts'
import type { Relation } from './relation.ts'
import { openSession, type Session } from './session.ts'
import type { RefusedRows } from '../booking/settle.ts'
import { closeTally } from '../booking/tally.ts'
import { rowsOf, writeFiles } from './write.ts'

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
export function materialise(request: MaterialiseRequest, limits: DuckdbLimits): Promise<MaterialiseResult> {
  return withinMemory(request, limits, [request.folder, request.rejectFolder], materialiseOnce)
}

/** One attempt at a materialisation, with its rows divided into so many buckets. */
export async function materialiseOnce(
  request: MaterialiseRequest,
  limits: AttemptLimits,
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
  limits: AttemptLimits,
): Promise<MaterialiseResult> {
  const l = newLowering(session, request, limits)
  const relation = await lower(request.plan, l, true)
  const files = await writeRelation(relation, request, l)
  const written = rowsOf(files)
  const counts = closeTally(l.tally, written)
  if (!isConserved(counts)) {
    throw new EtlError('bug.unreachable', `rows are not conserved: ${JSON.stringify(counts)}`)
  }
  return { files, rejects: await writeRejects(session, request, l.refused), counts }
}

/** Writes a plan's rows, and books what became of them. */
async function writeRelation(
  relation: Relation,
  request: MaterialiseRequest,
  l: Lowering,
): Promise<readonly WrittenFile[]> {
  const doing = `writing ${request.primary}`
  if (l.buckets > 1 && request.partition.length > 0) {
    const staged = relation.opened === undefined ? relation : await stage(relation, l, true)
    const files = await writeInBuckets({ ...request, select: staged.sql }, l, doing)
    await book(staged, rowsOf(files), l)
    return files
  }
  const { files, operators } = await writeFiles(l.session, { ...request, select: relation.sql }, doing)
  const written = rowsOf(files)
  if (relation.opened === undefined) await book(relation, written, l)
  else await finishSource(relation, rowsScanned(operators), written, l)
  return files
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
