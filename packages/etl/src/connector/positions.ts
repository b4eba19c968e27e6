import { createHash, randomUUID } from 'node:crypto'
import { open, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { gunzip, gzip } from 'node:zlib'
import { EtlError } from '../base/errors.ts'
import type { FileIdentity } from './contract.ts'

/** A list of positions longer than this many bytes stands in a file of its own. */
export const maxInlineBytes = 64 * 1024

const pack = promisify(gzip)
const unpack = promisify(gunzip)

/** Positions as text: the entries themselves, or a pointer to an immutable file and the hash of its content. */
type Encoded =
  | { readonly version: 1; readonly files: readonly Entry[] }
  | { readonly version: 1; readonly at: string; readonly sha256: string; readonly count: number }

type Entry = readonly [path: string, size: number, mtimeMs: number, contentHash: string]

/**
 * Encodes the files that a snapshot accounts for as text for its summary.
 *
 * Up to 64 KiB stand in the text. More are written, before the commit that refers to them, into `folder` (created by the
 * caller) as a gzip file, fsynced, never changed; the text then holds its hash and the name that `nameOf` gives its
 * absolute path. A file left by a commit that never happened is referenced by nothing. Every call writes a file of a name
 * of its own: one that was left may be about to be removed, and then no commit may name it any more.
 */
export async function encodePositions(
  files: readonly FileIdentity[],
  folder: string,
  nameOf: (path: string) => string = (path) => path,
): Promise<string> {
  const entries = files
    .map((f): Entry => [f.path, f.size, f.mtimeMs, f.contentHash])
    .toSorted((a, b) => (a[0] < b[0] ? -1 : 1))
  const inline = JSON.stringify({ version: 1, files: entries } satisfies Encoded)
  if (Buffer.byteLength(inline) <= maxInlineBytes) return inline
  const packed = await pack(JSON.stringify(entries), { level: 1 })
  const sha256 = createHash('sha256').update(packed).digest('hex')
  const at = join(folder, `${randomUUID()}.positions.json.gz`)
  await writeDurably(at, packed)
  return JSON.stringify({ version: 1, at: nameOf(at), sha256, count: entries.length } satisfies Encoded)
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  {
    await using file = await open(path, 'wx')
    await file.writeFile(bytes)
    await file.sync()
  }
  await using folder = await open(join(path, '..'), 'r')
  await folder.sync()
}

/** Decodes what `encodePositions` gave. Fails with `lake.corrupt` when the text or the file behind it was damaged. */
export async function decodePositions(
  encoded: string,
  read: (name: string) => Promise<Buffer> = (path) => readFile(path),
): Promise<readonly FileIdentity[]> {
  try {
    const value = JSON.parse(encoded) as Encoded
    if (value.version !== 1) throw new TypeError('unknown version')
    const entries =
      'files' in value ? value.files : await unpackEntries(value.at, value.sha256, await read(value.at))
    return entries.map(([path, size, mtimeMs, contentHash]) => ({ path, size, mtimeMs, contentHash }))
  } catch (cause) {
    if (cause instanceof EtlError) throw cause
    throw new EtlError('lake.corrupt', `the file positions of a snapshot cannot be read: ${String(cause)}`, {
      cause,
    })
  }
}

/** The name of the file that encoded positions point to; undefined when they hold the entries themselves. */
export function positionFile(encoded: string): string | undefined {
  const value = JSON.parse(encoded) as Encoded
  return 'files' in value ? undefined : value.at
}

async function unpackEntries(name: string, sha256: string, packed: Buffer): Promise<readonly Entry[]> {
  if (createHash('sha256').update(packed).digest('hex') !== sha256)
    throw new EtlError('lake.corrupt', `${name} has other content than the snapshot that refers to it says`)
  return JSON.parse((await unpack(packed)).toString('utf8')) as readonly Entry[]
}
