import { mkdir, readdir } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../base/errors.ts'
import { mapLimited } from '../base/map-limited.ts'
import type { ExportResult } from '../engine/contract.ts'
import { parseAddress } from '../store/address.ts'
import type { ObjectStore } from '../store/contract.ts'

const uploadsAtOnce = 4

/** Tells that a folder is whole, as Hadoop's writers tell it. Readers do not take it for data. */
const success = '_SUCCESS'

export interface ObjectExport {
  /** `s3://bucket/…` */
  readonly output: string
  readonly isFolder: boolean
  readonly overwrite: boolean
  readonly signal?: AbortSignal | undefined
  readonly objects: ObjectStore
  /** Writes the output to a path of this machine. */
  readonly write: (output: string) => Promise<ExportResult>
  /** A folder of the export's own. */
  readonly scratch: string
}

/**
 * Writes an export to S3: files are made here and uploaded. One object appears whole or not at all. A folder has no such
 * moment in S3: its `_SUCCESS` goes first and comes back last, and what an earlier export left in it is deleted before that.
 *
 * Fails with `config.invalid` when the output exists and is not to be overwritten.
 */
export async function exportObjects(at: ObjectExport): Promise<ExportResult> {
  const { isFolder, signal, objects } = at
  const { key } = parseAddress(at.output)
  if (key === '')
    throw new EtlError('config.invalid', `${at.output} is a bucket`, {
      hint: 'Write s3://bucket/folder or s3://bucket/file.parquet.',
    })
  const address = at.output.replace(/\/+$/, '')
  const present = isFolder ? await listed(`${address}/`, objects) : await headed(address, objects)
  if (present.length > 0 && !at.overwrite)
    throw new EtlError('config.invalid', `${at.output} exists`, {
      hint: 'Name another target, or pass --overwrite.',
    })
  // Not beside the drafts of the engine, and under its own name, by which its format is known.
  const folder = path.join(at.scratch, 'upload')
  await mkdir(folder)
  const output = path.join(folder, path.posix.basename(address))
  const result = await at.write(output)
  signal?.throwIfAborted()
  if (isFolder) await publishFolder(output, address, present, at)
  else await objects.putFile(address, output, signal)
  const rejects = `${address}.rejected.ndjson`
  if (result.rejects === undefined) {
    // Those of an export that was there before are not of this one.
    if (at.overwrite) await objects.delete(await headed(rejects, objects))
    return result
  }
  await objects.putFile(rejects, result.rejects)
  return { ...result, rejects }
}

async function headed(address: string, objects: ObjectStore): Promise<readonly string[]> {
  return (await objects.head(address)) === undefined ? [] : [address]
}

async function listed(folder: string, objects: ObjectStore): Promise<readonly string[]> {
  const found: string[] = []
  for await (const { address } of objects.list(folder)) found.push(address)
  return found
}

async function publishFolder(
  output: string,
  address: string,
  present: readonly string[],
  { signal, objects }: ObjectExport,
): Promise<void> {
  const entries = await readdir(output, { recursive: true, withFileTypes: true })
  const files = entries.filter((e) => e.isFile()).map((e) => path.join(e.parentPath, e.name))
  const addressOf = (file: string): string =>
    `${address}/${path.relative(output, file).split(path.sep).join('/')}`
  const marker = `${address}/${success}`
  if (present.includes(marker)) await objects.delete([marker])
  await mapLimited(files, uploadsAtOnce, (file) => {
    signal?.throwIfAborted()
    return objects.putFile(addressOf(file), file, signal)
  })
  const made = new Set(files.map(addressOf))
  const old = present.filter((a) => !made.has(a) && a !== marker)
  if (old.length > 0) await objects.delete(old)
  await objects.put(marker, new Uint8Array())
}
