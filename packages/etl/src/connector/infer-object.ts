import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ObjectInfo, ObjectStore } from '../store/contract.ts'
import { inferFile } from './infer.ts'
import type { Inference } from './inference.ts'
import { missingObject } from './s3-listing.ts'
import { stageSample } from './stage.ts'

/**
 * Proposes a declaration for an object of S3, from its two ends where it is large. Fails with `source.missing`, and as the
 * inference of files does.
 */
export async function inferObject(address: string, objects: ObjectStore): Promise<Inference> {
  const object = await objects.head(address)
  if (object === undefined) throw missingObject(address)
  return inferListed(object, objects)
}

/** Proposes a declaration for an object that was listed. */
export async function inferListed(object: ObjectInfo, objects: ObjectStore): Promise<Inference> {
  const folder = await mkdtemp(join(tmpdir(), 'securecart-infer-'))
  try {
    const path = await stageSample(object, { objects, folder })
    const found = await inferFile(path)
    const told = (text: string): string => text.replaceAll(path, object.address)
    return { ...found, declaration: told(found.declaration), warnings: found.warnings.map(told) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
