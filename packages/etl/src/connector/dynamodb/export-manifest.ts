import { createHash } from 'node:crypto'
import path from 'node:path'
import { EtlError } from '../../base/errors.ts'
import { type ExportFolder, summaryName } from './export-folder.ts'

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
  /** The name of the list of its files. */
  readonly filesManifest: string
}

/** One data file of an export. */
export interface ExportFile {
  readonly name: string
  readonly items: number
  /** MD5 of the file, in base64. */
  readonly md5: string
  readonly format: 'json' | 'ion'
}

const corrupt = (message: string, cause?: unknown): EtlError =>
  new EtlError('source.corrupt', message, {
    hint: 'Copy the export again, with all its files.',
    ...(cause === undefined ? {} : { cause }),
  })

/** The name in the folder of a key of the bucket: keys go by the folder that exports are written into. */
function nameOfKey(key: string): string {
  const parts = key.split('/')
  const below = parts.slice(parts.indexOf('AWSDynamoDB') + 1)
  if (below.length === 0 || below.includes('..')) throw corrupt(`an export names the file "${key}"`)
  return below.join('/')
}

/** Reads a manifest and compares it with the checksum beside it, where there is one. */
async function readManifest(folder: ExportFolder, name: string): Promise<string> {
  const text = await folder.read(name)
  if (text === undefined) throw corrupt(`${folder.nameOf(name)} cannot be read`)
  for (const end of ['.md5', '.checksum']) {
    const beside = name.replace(/\.json$/, end)
    const expected = (await folder.read(beside))?.trim()
    if (expected === undefined) continue
    const md5 = createHash('md5').update(text)
    if (expected !== md5.copy().digest('base64') && expected !== md5.digest('hex'))
      throw corrupt(`${folder.nameOf(name)} has another checksum than ${path.basename(beside)} says`)
    break
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

async function readSummary(folder: ExportFolder, id: string): Promise<Export> {
  const name = `${id}/${summaryName}`
  const file = folder.nameOf(name)
  const summary = parse(await readManifest(folder, name), file)
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
      filesManifest: nameOfKey(String(summary['manifestFilesS3Key'])),
    }
  } catch (cause) {
    throw cause instanceof EtlError ? cause : corrupt(`${file} does not say when its export was made`, cause)
  }
}

/** Lists the finished exports of a folder. Fails with `source.missing` where it is none. */
export async function listExports(folder: ExportFolder, tableArn?: string): Promise<readonly Export[]> {
  const ids = await folder.finished()
  const exports = await Promise.all(ids.map((id) => readSummary(folder, id)))
  const wanted = exports.filter((e) => tableArn === undefined || e.tableArn === tableArn)
  const tables = [...new Set(wanted.map((e) => e.tableArn))]
  if (tables.length > 1)
    throw new EtlError('source.schema', `${folder.nameOf('')} has exports of ${tables.join(' and ')}`, {
      hint: 'Say which table is meant: tableArn.',
    })
  return wanted.toSorted((a, b) => (a.to < b.to ? -1 : a.to > b.to ? 1 : a.id < b.id ? -1 : 1))
}

/** The data files of an export. Fails with `source.corrupt` where their counts do not add up. */
export async function exportFiles(folder: ExportFolder, one: Export): Promise<readonly ExportFile[]> {
  if (one.outputFormat !== 'DYNAMODB_JSON' && one.outputFormat !== 'ION')
    throw new EtlError('source.schema', `export ${one.id} is ${one.outputFormat}`, {
      hint: 'Exports in the formats DYNAMODB_JSON and ION are read.',
    })
  const format = one.outputFormat === 'ION' ? 'ion' : 'json'
  const text = await readManifest(folder, one.filesManifest)
  const files = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line): ExportFile => {
      const { dataFileS3Key, itemCount, md5Checksum } = parse(line, folder.nameOf(one.filesManifest))
      return {
        name: nameOfKey(String(dataFileS3Key)),
        items: Number(itemCount),
        md5: String(md5Checksum),
        format,
      }
    })
  const items = files.reduce((sum, f) => sum + f.items, 0)
  if (items !== one.items)
    throw corrupt(`export ${one.id} has ${one.items} items, but its files are said to hold ${items}`)
  return files
}
