import { createHash, type Hash, hash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { lineSplitter } from '../base/line-splitter.ts'
import type { LakeFile } from '../engine/contract.ts'
import type { FileFormat, ResolvedFile } from '../plan/source.ts'

const laneBytes = 4
/** So much at once that the next read and the sum of this one go on side by side. */
const readBytes = 2 ** 20
const mark = 'content:'

/** Whether a position is the sum of all that a source held, and says nothing of how far it was read. */
export const isContent = (position: string): boolean => position.startsWith(mark)

const lanes = 8

/**
 * Reads staged records and sums them up in one text, by which two fetches of everything are told to be equal. Records that are
 * lines are a multiset: pages and segments come in any order. Others (a record of CSV may hold line ends) count in the
 * order in which they were staged. Constant memory but for the longest line.
 */
export async function contentOf(
  files: readonly ResolvedFile[],
  format: FileFormat,
  typed: readonly LakeFile[] = [],
): Promise<string> {
  const isLines = format.kind === 'json' && format.layout === 'lines'
  const digest = isLines ? await sumOfLines(files) : await sumOfBytes([...files, ...typed])
  return `${mark}${isLines ? 'lines' : 'bytes'}:${digest}`
}

async function sumOfBytes(files: readonly { readonly path: string }[]): Promise<string> {
  const sum = createHash('sha256')
  const buffers = [Buffer.allocUnsafe(readBytes), Buffer.allocUnsafe(readBytes)] as const
  for (const file of files) await sumFile(sum, file.path, buffers)
  return sum.digest('hex')
}

/** Adds a file's bytes to a sum. A stream, with buffers of its own for each part, takes twice as long. */
async function sumFile(sum: Hash, path: string, buffers: readonly [Buffer, Buffer]): Promise<void> {
  await using file = await open(path)
  let [current, next] = buffers
  let reading = file.read(current)
  for (;;) {
    const { bytesRead } = await reading
    if (bytesRead === 0) return
    reading = file.read(next)
    sum.update(current.subarray(0, bytesRead))
    ;[current, next] = [next, current]
  }
}

/** The sum of the digests of all lines, lane by lane: it does not tell their order, but how often each is there. */
async function sumOfLines(files: readonly ResolvedFile[]): Promise<string> {
  const sums = new Uint32Array(lanes)
  let count = 0
  const add = (line: Buffer): void => {
    const digest = hash('sha256', line, 'buffer')
    for (let lane = 0; lane < lanes; lane++)
      sums[lane] = (sums[lane] ?? 0) + digest.readUInt32LE(lane * laneBytes)
    count++
  }
  for (const file of files) {
    const lines = lineSplitter()
    for await (const chunk of createReadStream(file.path)) for (const line of lines.push(chunk)) add(line)
    const rest = lines.rest()
    if (rest !== undefined) add(rest)
  }
  return `${count}:${[...sums].map((n) => n.toString(16).padStart(laneBytes * 2, '0')).join('')}`
}
