import { createHash } from 'node:crypto'
import { glob, open, realpath, stat } from 'node:fs/promises'
import { relative, resolve, sep } from 'node:path'
import { EtlError } from '../base/errors.ts'
import type { ResolvedFile } from '../plan/source.ts'
import { isS3 } from '../store/address.ts'
import type { ObjectStore } from '../store/contract.ts'
import { listS3Files, missingObject } from './s3-listing.ts'
import type { FileIdentity, FilesSource, SourceWork } from './contract.ts'

/** How much of each end of a file its content hash covers, in bytes. */
export const hashedEndBytes = 64 * 1024
const filesAtOnce = 16
const wild = /[*?{}[\]]/

/** A file that a source's pattern matches now. */
export interface ListedFile extends ResolvedFile {
  /** The path in the ledger: relative to the folder before the first wildcard, with `/`. */
  readonly name: string
}

/**
 * Finds the files of a source that the ledger does not account for.
 *
 * `projectFolder` is absolute; `known` are the files that earlier commits took. Files come in the order of their
 * relative paths by code unit. A known file with its old size and time, or with its old content hash, is not read again.
 * A known path with other content is in `changed`, and: `fail` throws `source.changed`; `append-as-new` takes the file
 * as a whole; `reload` takes every file that is there. Wildcards do not see names that begin with `.` or `_`
 * (`_temporary`, `_SUCCESS`), `.crc` files, or what is no plain file. A file that several names lead to by symbolic links is
 * taken once. Text files of 0 bytes are not taken until they hold something;
 * Parquet files of 0 bytes are, to be refused by the reader. A path without wildcards that never existed is
 * `source.missing`.
 *
 * Objects of S3 (`s3://bucket/…`, listed by `objects`) are known by their ETag and size; times say nothing there, since many
 * objects have the same. They are in `scan` under their addresses, to be staged before they are read.
 */
export async function discover(
  source: FilesSource,
  projectFolder: string,
  known: readonly FileIdentity[],
  objects?: ObjectStore,
): Promise<SourceWork> {
  const listed = (await listAny(source.path, projectFolder, objects)).filter(
    (f) => f.size > 0 || source.connector === 'parquet',
  )
  if (listed.length === 0 && known.length === 0 && !wild.test(source.path))
    await requireFile(source, projectFolder)
  const ledger = new Map(known.map((f) => [f.path, f]))
  const judged = await inBatches(listed, (file) => judge(file, ledger.get(file.name)))
  const changed = judged.filter((j) => j.verdict === 'changed').map((j) => j.identity)
  if (changed.length > 0 && source.onChangedFile === 'fail') throw changedFiles(source, changed)
  const everything = changed.length > 0 && source.onChangedFile === 'reload'
  const taken = judged.filter((j) => everything || j.verdict !== 'known')
  const there = new Set(listed.map((f) => f.name))
  return {
    scan: {
      format: source.format,
      schema: source.schema,
      files: taken.map(({ file }) => resolvedOf(file)),
    },
    taken: taken.map((j) => j.identity),
    changed,
    missing: known.map((f) => f.path).filter((path) => !there.has(path)),
  }
}

const resolvedOf = ({ path, size, mtimeMs, etag }: ListedFile): ResolvedFile => ({
  path,
  size,
  mtimeMs,
  ...(etag === undefined ? {} : { etag }),
})

/** Lists files by a path or glob, on this machine or in S3. */
export async function listAny(
  pattern: string,
  projectFolder: string,
  objects: ObjectStore | undefined,
): Promise<readonly ListedFile[]> {
  if (!isS3(pattern)) return listFiles(pattern, projectFolder)
  if (objects === undefined) throw new EtlError('bug.unreachable', `nobody opened S3 to list ${pattern}`)
  return listS3Files(pattern, objects)
}

interface Judged {
  readonly file: ListedFile
  readonly identity: FileIdentity
  readonly verdict: 'new' | 'known' | 'changed'
}

async function judge(file: ListedFile, before: FileIdentity | undefined): Promise<Judged> {
  if (file.etag !== undefined) return judgeObject(file, file.etag, before)
  if (before !== undefined && before.size === file.size && before.mtimeMs === file.mtimeMs)
    return { file, identity: before, verdict: 'known' }
  const contentHash = await hashEnds(file.path, file.size)
  const identity = { path: file.name, size: file.size, mtimeMs: file.mtimeMs, contentHash }
  if (before === undefined) return { file, identity, verdict: 'new' }
  return { file, identity, verdict: before.contentHash === contentHash ? 'known' : 'changed' }
}

function judgeObject(file: ListedFile, etag: string, before: FileIdentity | undefined): Judged {
  const { name, size, mtimeMs } = file
  const identity = { path: name, size, mtimeMs, contentHash: `etag:${etag.replaceAll('"', '')}` }
  if (before === undefined) return { file, identity, verdict: 'new' }
  const same = before.size === size && before.contentHash === identity.contentHash
  return { file, identity: same ? before : identity, verdict: same ? 'known' : 'changed' }
}

/** The SHA-256 over a file's size and its first and last 64 KiB, as hexadecimal digits. */
export async function hashEnds(path: string, size: number): Promise<string> {
  const hash = createHash('sha256').update(`${size}\n`)
  await using file = await open(path, 'r')
  const head = await file.read(Buffer.alloc(Math.min(size, hashedEndBytes)), 0, undefined, 0)
  hash.update(head.buffer.subarray(0, head.bytesRead))
  const tailStart = Math.max(hashedEndBytes, size - hashedEndBytes)
  if (tailStart < size) {
    const tail = await file.read(Buffer.alloc(size - tailStart), 0, undefined, tailStart)
    hash.update(tail.buffer.subarray(0, tail.bytesRead))
  }
  return hash.digest('hex')
}

/** The files that a glob or path matches, sorted, each once; `*`, `**`, `?`, `[a-z]`, `{a,b}`. */
export async function listFiles(pattern: string, projectFolder: string): Promise<readonly ListedFile[]> {
  const segments = pattern.split('/')
  const firstWild = segments.findIndex((s) => wild.test(s))
  const depth = firstWild < 0 ? segments.length - 1 : firstWild
  const base = resolve(projectFolder, depth === 0 ? '.' : segments.slice(0, depth).join('/') || '/')
  const rest = segments.slice(depth).join('/')
  const names = firstWild < 0 ? [rest] : await expand(rest, base)
  const listed = await inBatches(names, async (name) => {
    const path = resolve(base, name)
    const found = await stat(path).catch(() => undefined)
    if (found?.isFile() !== true) return undefined
    const { size, dev, ino } = found
    const file = { name, path, size, mtimeMs: Math.trunc(found.mtimeMs) }
    return { file, inode: `${dev}:${ino}` }
  })
  return withoutLinks(listed.filter((f) => f !== undefined))
}

/**
 * Leaves out names that are symbolic links to files under another listed name (`latest.csv`, a folder linked into itself):
 * the file's own name is kept, else the one in the fewest folders. Names that are hard links are files of their own.
 */
async function withoutLinks(
  listed: readonly { readonly file: ListedFile; readonly inode: string }[],
): Promise<readonly ListedFile[]> {
  const byInode = Map.groupBy(listed, (f) => f.inode)
  const doubtful = listed.filter((f) => (byInode.get(f.inode)?.length ?? 0) > 1).map((f) => f.file)
  if (doubtful.length === 0) return listed.map((f) => f.file)
  const targets = new Map(await inBatches(doubtful, async (f) => [f, await realpath(f.path)] as const))
  const distance = (f: ListedFile): number => (targets.get(f) === f.path ? 0 : f.name.split('/').length)
  const kept = new Set<ListedFile>()
  for (const names of Map.groupBy(targets.keys(), (f) => targets.get(f)).values()) {
    const [best] = names.toSorted((a, b) => distance(a) - distance(b))
    if (best !== undefined) kept.add(best)
  }
  return listed.map((f) => f.file).filter((f) => !targets.has(f) || kept.has(f))
}

/**
 * Checks, after files were read, that they are as they were when they were listed. Fails with `source.changed` on one that
 * was written to in between: what was read of it is not what its position says.
 */
export async function assertUnchanged(files: readonly ResolvedFile[]): Promise<void> {
  // Objects are compared while they are staged.
  const local = files.filter((file) => !isS3(file.path))
  await inBatches(local, async (file) => {
    const now = await stat(file.path).catch(() => undefined)
    if (now?.size === file.size && Math.trunc(now.mtimeMs) === file.mtimeMs) return
    throw new EtlError(
      'source.changed',
      `${file.path} was ${now === undefined ? 'removed' : 'written to'} while it was read`,
      { hint: 'write files under another name and rename them when they are whole, then run again' },
    )
  })
}

async function expand(pattern: string, base: string): Promise<readonly string[]> {
  const names: string[] = []
  const seesHidden = pattern.split('/').some((s) => /^[._]/.test(s))
  for await (const name of glob(pattern, { cwd: base })) {
    const portable = sep === '/' ? name : relative('.', name).replaceAll(sep, '/')
    const hidden = portable.split('/').some((s) => /^[._]/.test(s)) && !seesHidden
    if (!hidden && !portable.endsWith('.crc')) names.push(portable)
  }
  return [...new Set(names)].toSorted()
}

async function inBatches<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<readonly R[]> {
  const results: R[] = []
  for (let i = 0; i < items.length; i += filesAtOnce) {
    results.push(...(await Promise.all(items.slice(i, i + filesAtOnce).map(work))))
  }
  return results
}

async function requireFile(source: FilesSource, projectFolder: string): Promise<void> {
  if (isS3(source.path)) throw missingObject(source.path)
  const path = resolve(projectFolder, source.path)
  const found = await stat(path).catch(() => undefined)
  if (found?.isFile() === true) return
  const what = found === undefined ? 'does not exist' : 'is no file'
  throw new EtlError('source.missing', `${path} ${what}`, {
    hint:
      found === undefined
        ? 'check the path; a pattern such as data/*.csv may match nothing'
        : `write ${source.path}/*`,
  })
}

function changedFiles(source: FilesSource, changed: readonly FileIdentity[]): EtlError {
  const some = changed.slice(0, 5).map((f) => f.path)
  const more = changed.length > some.length ? ` and ${changed.length - some.length} more` : ''
  return new EtlError(
    'source.changed',
    `files of ${source.path} that were read before have other content now: ${some.join(', ')}${more}`,
    {
      hint: "declare onChangedFile: 'reload' to read everything again, or 'append-as-new' to add them as new files",
    },
  )
}
