import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../../base/errors.ts'

/** A finished export (developer guide, "DynamoDB table export output format", 2026). */
export interface Export {
  /** The folder's name. */
  readonly id: string
  readonly tableArn: string
  readonly kind: 'full' | 'incremental'
  /** ISO 8601 in UTC: the first moment that it covers. The same as `to` for a full one. */
  readonly from: string
  /** The first moment that it no longer covers. */
  readonly to: string
  readonly items: number
  readonly outputFormat: string
  /** An incremental one has the items as they were before, too. */
  readonly hasOld: boolean
  /** Absolute path of the list of its files. */
  readonly filesManifest: string
}

/** One data file of an export. */
export interface ExportFile {
  /** Absolute path. */
  readonly path: string
  readonly items: number
  /** MD5 of the file, in base64. */
  readonly md5: string
}

const corrupt = (message: string, cause?: unknown): EtlError =>
  new EtlError('source.corrupt', message, {
    hint: 'Copy the export again, with all its files.',
    ...(cause === undefined ? {} : { cause }),
  })

/** The place of a key of the bucket in the copied folder: keys go by the folder that exports are written into. */
function placeOf(folder: string, key: string): string {
  const parts = key.split('/')
  const below = parts.slice(parts.indexOf('AWSDynamoDB') + 1)
  if (below.length === 0 || below.includes('..')) throw corrupt(`an export names the file "${key}"`)
  return path.join(folder, ...below)
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8')
  } catch (cause) {
    throw corrupt(`${file} cannot be read`, cause)
  }
}

/** Reads a manifest and compares it with the checksum beside it, where there is one. */
async function readManifest(file: string): Promise<string> {
  const text = await readText(file)
  const beside = ['.md5', '.checksum'].map((end) => file.replace(/\.json$/, end)).find(existsSync)
  if (beside !== undefined) {
    const expected = (await readText(beside)).trim()
    const md5 = createHash('md5').update(text)
    if (expected !== md5.copy().digest('base64') && expected !== md5.digest('hex'))
      throw corrupt(`${file} has another checksum than ${path.basename(beside)} says`)
  }
  return text
}

function parse(text: string, file: string): Readonly<Record<string, unknown>> {
  try {
    return JSON.parse(text) as Readonly<Record<string, unknown>>
  } catch (cause) {
    throw corrupt(`${file} is no JSON`, cause)
  }
}

const moment = (value: unknown): string => new Date(String(value)).toISOString()

async function readSummary(folder: string, id: string): Promise<Export> {
  const file = path.join(folder, id, 'manifest-summary.json')
  const summary = parse(await readManifest(file), file)
  const isIncremental = summary['exportType'] === 'INCREMENTAL_EXPORT'
  try {
    const to = moment(isIncremental ? summary['exportToTime'] : summary['exportTime'])
    return {
      id,
      tableArn: String(summary['tableArn']),
      kind: isIncremental ? 'incremental' : 'full',
      from: isIncremental ? moment(summary['exportFromTime']) : to,
      to,
      items: Number(summary['itemCount']),
      outputFormat: String(summary['outputFormat']),
      hasOld: String(summary['outputView']).includes('OLD'),
      filesManifest: placeOf(folder, String(summary['manifestFilesS3Key'])),
    }
  } catch (cause) {
    throw cause instanceof EtlError ? cause : corrupt(`${file} does not say when its export was made`, cause)
  }
}

/** Lists the finished exports of a folder. Fails with `source.missing` where it is none. */
export async function listExports(folder: string, tableArn?: string): Promise<readonly Export[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((cause: unknown) => {
    throw new EtlError('source.missing', `the folder of exports ${folder} cannot be read`, { cause })
  })
  const ids = entries.filter((e) => existsSync(path.join(folder, e.name, 'manifest-summary.json')))
  const exports = await Promise.all(ids.map((e) => readSummary(folder, e.name)))
  const wanted = exports.filter((e) => tableArn === undefined || e.tableArn === tableArn)
  const tables = [...new Set(wanted.map((e) => e.tableArn))]
  if (tables.length > 1)
    throw new EtlError('source.schema', `${folder} has exports of ${tables.join(' and ')}`, {
      hint: 'Say which table is meant: tableArn.',
    })
  return wanted.toSorted((a, b) => (a.to < b.to ? -1 : a.to > b.to ? 1 : a.id < b.id ? -1 : 1))
}

/** The data files of an export. Fails with `source.corrupt` where their counts do not add up. */
export async function exportFiles(folder: string, one: Export): Promise<readonly ExportFile[]> {
  if (one.outputFormat !== 'DYNAMODB_JSON')
    throw new EtlError('source.schema', `export ${one.id} is ${one.outputFormat}`, {
      hint: 'Only exports in the format DYNAMODB_JSON are read.',
    })
  const lines = (await readManifest(one.filesManifest)).split('\n').filter((line) => line.trim() !== '')
  const files = lines.map((line) => {
    const { dataFileS3Key, itemCount, md5Checksum } = parse(line, one.filesManifest)
    return {
      path: placeOf(folder, String(dataFileS3Key)),
      items: Number(itemCount),
      md5: String(md5Checksum),
    }
  })
  const items = files.reduce((sum, f) => sum + f.items, 0)
  if (items !== one.items)
    throw corrupt(`export ${one.id} has ${one.items} items, but its files are said to hold ${items}`)
  return files
}
