import { mkdir, stat, statfs, truncate, open, rm } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { EtlError } from '../base/errors.ts'
import type { FileScan, ResolvedFile } from '../plan/source.ts'
import { isS3 } from '../store/address.ts'
import type { ObjectInfo, ObjectStore } from '../store/contract.ts'

const objectsAtOnce = 8

export interface StageOptions {
  readonly objects: ObjectStore
  /** Absolute folder for the copies; emptied by the caller. */
  readonly folder: string
  /** Bytes that may be copied; default nine tenths of what is free. */
  readonly maxBytes?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/**
 * Copies the objects of a scan into a folder, several at a time and each in constant memory, and returns the scan over the
 * copies; files of this machine stay where they are. The copies know what they are copies of.
 *
 * Fails with `source.changed` or `source.missing` when an object is not as it was listed, with `source.no-room` before
 * anything is copied, and as the store does.
 */
export async function stageScan(scan: FileScan, options: StageOptions): Promise<FileScan> {
  const remote = scan.files.filter((file) => isS3(file.path))
  if (remote.length === 0) return scan
  await mkdir(options.folder, { recursive: true })
  await assertRoom(remote, options)
  return { ...scan, files: await copyAll(scan.files, options) }
}

/** Copies objects several at a time. At a failure the others are given up, and nothing is written any more. */
async function copyAll(
  all: readonly ResolvedFile[],
  options: StageOptions,
): Promise<readonly ResolvedFile[]> {
  const files: ResolvedFile[] = []
  const failed = new AbortController()
  const signal = AbortSignal.any([failed.signal, ...(options.signal ? [options.signal] : [])])
  const waiting = all.entries()
  const copy = async (): Promise<void> => {
    try {
      for (const [index, file] of waiting)
        files[index] = isS3(file.path)
          ? await stageFile(file, join(options.folder, String(index)), { ...options, signal })
          : file
    } catch (error) {
      failed.abort()
      throw error
    }
  }
  const copies = await Promise.allSettled(Array.from({ length: objectsAtOnce }, copy))
  options.signal?.throwIfAborted()
  const failures = copies.filter((c) => c.status === 'rejected').map((c): unknown => c.reason)
  // What was given up for another failure says nothing.
  const told = failures.find((error) => error instanceof EtlError) ?? failures[0]
  if (told !== undefined) throw told
  return files
}

async function stageFile(file: ResolvedFile, path: string, options: StageOptions): Promise<ResolvedFile> {
  const { etag = '', size } = file
  const { signal } = options
  await options.objects.getFile(file.path, path, { expected: { etag, size }, ...(signal ? { signal } : {}) })
  const copied = await stat(path)
  return { path, size, mtimeMs: Math.trunc(copied.mtimeMs), origin: file.path }
}

async function assertRoom(files: readonly ResolvedFile[], options: StageOptions): Promise<void> {
  const needed = files.reduce((sum, file) => sum + file.size, 0)
  const { bavail, bsize } = await statfs(options.folder)
  const room = options.maxBytes ?? Math.floor(bavail * bsize * 0.9)
  if (needed <= room) return
  throw new EtlError(
    'source.no-room',
    `${files.length} objects of ${needed} bytes must be copied, but there is room for ${room}`,
    {
      hint: 'Give the lake a larger disk (or raise s3.maxStagedBytes), or take fewer objects by a narrower pattern.',
      params: { needed, room },
    },
  )
}

/** Puts addresses in place of the copies' paths in a text. */
export function originsIn(text: string, staged: FileScan | undefined, folder: string): string {
  if (!text.includes(folder)) return text
  const origins = new Map(staged?.files.map((file) => [file.path, file.origin ?? file.path]))
  const [first = '', ...rest] = text.split(`${folder}/`)
  const parts = rest.map((part) => {
    const number = /^\d+/.exec(part)?.[0] ?? ''
    const path = `${folder}/${number}`
    return (origins.get(path) ?? path) + part.slice(number.length)
  })
  return first + parts.join('')
}

/** How much of each end of a large object inference is given, in bytes. */
const sampledEndBytes = 32 * 2 ** 20

/**
 * Copies an object for inference into a folder, under its own name: all of it, or of a large one both ends, with a hole
 * between them that takes no room and is never looked at.
 */
export async function stageSample(
  object: ObjectInfo,
  options: Pick<StageOptions, 'objects' | 'folder'>,
): Promise<string> {
  const { address, size, etag } = object
  const path = join(options.folder, basename(address).slice(-200))
  await rm(path, { force: true })
  if (size <= 2 * sampledEndBytes) {
    await options.objects.getFile(address, path, { expected: { size, etag } })
    return path
  }
  await using file = await open(path, 'wx')
  await truncate(path, size)
  for (const start of [0, size - sampledEndBytes]) {
    const bytes = await options.objects.getRange(object, start, start + sampledEndBytes)
    await file.write(bytes, 0, bytes.length, start)
  }
  return path
}
