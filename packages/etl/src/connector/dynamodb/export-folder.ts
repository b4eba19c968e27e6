import { existsSync } from 'node:fs'
import { readdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../../base/errors.ts'
import { isS3 } from '../../store/address.ts'
import type { ObjectStore } from '../../store/contract.ts'

export const summaryName = 'manifest-summary.json'

/** A data file on this machine; disposing of it removes it when it is a copy. */
export interface OpenFile extends AsyncDisposable {
  readonly path: string
}

/** The folder `AWSDynamoDB` that exports are written into, here or in S3. Names are paths below it. */
export interface ExportFolder {
  /** What messages call a file. */
  nameOf(name: string): string
  /** The names of the folders of finished exports. Fails with `source.missing` where there is no such folder. */
  finished(): Promise<readonly string[]>
  /** A manifest; undefined where it is missing. */
  read(name: string): Promise<string | undefined>
  /** Opens a data file; of one in S3 a copy is made in `scratch`. Fails with `source.missing`, or when it is read. */
  open(name: string, scratch: string, signal?: AbortSignal): Promise<OpenFile>
}

export function openExportFolder(folder: string, objects: ObjectStore | undefined): ExportFolder {
  if (!isS3(folder)) return folderHere(folder)
  if (objects === undefined) throw new EtlError('bug.unreachable', `no store for ${folder}`)
  return folderInS3(`${folder.replace(/\/$/, '')}/`, objects)
}

function folderHere(folder: string): ExportFolder {
  const nameOf = (name: string): string => path.join(folder, name)
  return {
    nameOf,
    async finished() {
      const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
        throw new EtlError('source.missing', `the folder of exports ${folder} cannot be read`, { cause })
      })
      return entries.map((e) => e.name).filter((name) => existsSync(path.join(folder, name, summaryName)))
    },
    read: (name) =>
      readFile(nameOf(name), 'utf8').catch((error: unknown) => {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }),
    open: (name) => Promise.resolve({ path: nameOf(name), [Symbol.asyncDispose]: () => Promise.resolve() }),
  }
}

function folderInS3(folder: string, objects: ObjectStore): ExportFolder {
  const nameOf = (name: string): string => folder + name
  return {
    nameOf,
    async finished() {
      const ids: string[] = []
      for await (const { address } of objects.list(folder)) {
        const [id = '', name, ...deeper] = address.slice(folder.length).split('/')
        if (name === summaryName && deeper.length === 0) ids.push(id)
      }
      return ids
    },
    read: async (name) => (await objects.get(nameOf(name)))?.bytes.toString('utf8'),
    async open(name, scratch, signal) {
      const copy = path.join(scratch, `export-${path.basename(name)}`)
      await objects.getFile(nameOf(name), copy, signal === undefined ? {} : { signal })
      return { path: copy, [Symbol.asyncDispose]: () => rm(copy, { force: true }) }
    },
  }
}
