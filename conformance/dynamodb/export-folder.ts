import { createHash } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { gzipSync } from 'node:zlib'

export interface ExportContent {
  readonly id: string
  /** Lines of each data file; texts are written as they are. */
  readonly files: readonly (readonly (object | string)[])[]
  /** The moment of a full export, or the two of an incremental one. */
  readonly time: string | readonly [from: string, to: string]
  readonly view?: 'NEW_IMAGE' | 'NEW_AND_OLD_IMAGES'
  readonly table?: string
  readonly format?: string
}

const md5 = (bytes: string | Buffer): string => createHash('md5').update(bytes).digest('base64')

/**
 * Writes an export as DynamoDB does (developer guide, "DynamoDB table export output format", 2026; the checksum files have
 * the names that they have in buckets). Returns the paths of the data files.
 */
export async function writeExport(folder: string, content: ExportContent): Promise<readonly string[]> {
  const { id, files, time, view = 'NEW_AND_OLD_IMAGES', table = 'shop', format = 'DYNAMODB_JSON' } = content
  const isFull = typeof time === 'string'
  // The data of incremental exports lie in a folder that all of them share.
  const data = isFull ? `${id}/data` : 'data'
  await mkdir(path.join(folder, data), { recursive: true })
  await mkdir(path.join(folder, id), { recursive: true })
  const paths: string[] = []
  const lines: string[] = []
  for (const [i, items] of files.entries()) {
    const name = `${data}/${id.slice(-4)}${i}.${format === 'ION' ? 'ion' : 'json'}.gz`
    const texts = items.map((item) => `${typeof item === 'string' ? item : JSON.stringify(item)}\n`)
    const bytes = gzipSync(texts.join(''))
    await writeFile(path.join(folder, name), bytes)
    paths.push(path.join(folder, name))
    const dataFileS3Key = `2024-Jan/AWSDynamoDB/${name}`
    lines.push(
      JSON.stringify({ itemCount: items.length, md5Checksum: md5(bytes), etag: `${i}-1`, dataFileS3Key }),
    )
  }
  const summary = {
    version: isFull ? '2020-06-30' : '2023-08-01',
    exportArn: `arn:aws:dynamodb:us-east-1:123456789012:table/${table}/export/${id}`,
    tableArn: `arn:aws:dynamodb:us-east-1:123456789012:table/${table}`,
    s3Bucket: 'exports',
    s3Prefix: '2024-Jan',
    manifestFilesS3Key: `2024-Jan/AWSDynamoDB/${id}/manifest-files.json`,
    itemCount: files.reduce((sum, f) => sum + f.length, 0),
    outputFormat: format,
    ...(isFull
      ? { exportTime: time, exportType: 'FULL_EXPORT' }
      : {
          exportFromTime: time[0],
          exportToTime: time[1],
          exportType: 'INCREMENTAL_EXPORT',
          outputView: view,
        }),
  }
  const manifests = { 'manifest-files': `${lines.join('\n')}\n`, 'manifest-summary': JSON.stringify(summary) }
  for (const [name, text] of Object.entries(manifests)) {
    await writeFile(path.join(folder, id, `${name}.json`), text)
    await writeFile(path.join(folder, id, `${name}.md5`), md5(text))
  }
  return paths
}
