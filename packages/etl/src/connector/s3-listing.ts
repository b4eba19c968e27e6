import { matchesGlob } from 'node:path/posix'
import { EtlError } from '../base/errors.ts'
import type { ResolvedFile } from '../plan/source.ts'
import { parseAddress } from '../store/address.ts'
import type { ObjectInfo, ObjectStore } from '../store/contract.ts'

const wild = /[*?{}[\]]/

/** An object that a source's pattern matches now. */
export interface ListedObject extends ResolvedFile {
  /** The key after the folder before the first wildcard. */
  readonly name: string
  readonly etag: string
}

interface Pattern {
  readonly bucket: string
  /** The key up to the folder before the first wildcard, with its slash. */
  readonly folder: string
  /** All that every matching key begins with. */
  readonly prefix: string
  /** The pattern below the folder. */
  readonly rest: string
}

function patternOf(address: string): Pattern {
  const { bucket, key } = parseAddress(address)
  const firstWild = key.search(wild)
  const fixed = firstWild < 0 ? key : key.slice(0, firstWild)
  const folder = fixed.slice(0, fixed.lastIndexOf('/') + 1)
  return { bucket, folder, prefix: fixed, rest: key.slice(folder.length) }
}

/**
 * Lists the objects that a path or glob `s3://bucket/…` matches, sorted by name. Only keys that begin with what stands before
 * the first wildcard are listed. Wildcards do not see names that begin with `.` or `_`, `.crc` files, or keys that end in
 * `/`, which stand for folders.
 */
export async function listS3Files(pattern: string, store: ObjectStore): Promise<readonly ListedObject[]> {
  const { bucket, folder, prefix, rest } = patternOf(pattern)
  const fileOf = (object: ObjectInfo): ListedObject => ({
    name: object.address.slice(`s3://${bucket}/${folder}`.length),
    path: object.address,
    size: object.size,
    mtimeMs: object.modifiedMs,
    etag: object.etag,
  })
  if (!wild.test(rest)) {
    const found = rest === '' ? undefined : await store.head(pattern)
    return found === undefined ? [] : [fileOf(found)]
  }
  const seesHidden = rest.split('/').some((s) => /^[._]/.test(s))
  const listed: ListedObject[] = []
  for await (const object of store.list(`s3://${bucket}/${prefix}`)) {
    const file = fileOf(object)
    const hidden = !seesHidden && file.name.split('/').some((s) => /^[._]/.test(s))
    if (hidden || file.name.endsWith('/') || file.name.endsWith('.crc')) continue
    if (matchesGlob(file.name, rest)) listed.push(file)
  }
  // By code unit, as files are; S3 lists by UTF-8 bytes.
  return listed.toSorted((a, b) => (a.name < b.name ? -1 : 1))
}

/** Fails with `source.missing` when a path without wildcards names no object. */
export function missingObject(path: string): EtlError {
  return new EtlError('source.missing', `${path} does not exist`, {
    hint: path.endsWith('/')
      ? `write ${path}*`
      : 'check bucket and key; a pattern such as s3://bucket/data/*.csv may match nothing',
  })
}
