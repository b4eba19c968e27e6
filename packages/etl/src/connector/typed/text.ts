import { isUtf8 } from 'node:buffer'
import { addNull, addValue, type Chunk, reserve, type Take } from './chunk.ts'
import { isPlainJson } from './json.ts'

/** Longer values are left to others: they would make chunks that no memory limit covers. */
const longestValue = 16 * 2 ** 20
/** From here on the call of a native copy is cheaper than a loop. */
const longLoop = 64

/** Copies bytes behind their length; gives whether all of them are ASCII, where that was looked at. */
function copy(chunk: Chunk, bytes: Uint8Array, from: number, to: number): boolean {
  const length = to - from
  const buffer = reserve(chunk, length + 4)
  let { at } = chunk
  buffer[at] = length & 255
  buffer[at + 1] = (length >> 8) & 255
  buffer[at + 2] = (length >> 16) & 255
  buffer[at + 3] = length >> 24
  at += 4
  if (length > longLoop) {
    buffer.set(bytes.subarray(from, to), at)
    return false
  }
  let any = 0
  for (let i = from; i < to; i++) {
    const byte = bytes[i] ?? 0
    any |= byte
    buffer[at++] = byte
  }
  return any < 128
}

/** Unicode texts. */
export const takeText: Take = (chunk, bytes, from, to) => {
  if (to - from > longestValue) return false
  if (!copy(chunk, bytes, from, to) && !isUtf8(bytes.subarray(from, to))) return false
  addValue(chunk, to - from + 4)
  return true
}

/** JSON documents, kept as they are written. */
export const takeJson: Take = (chunk, bytes, from, to) =>
  isPlainJson(bytes, from, to) && takeText(chunk, bytes, from, to)

/** Any bytes. */
export const takeBytes: Take = (chunk, bytes, from, to) => {
  if (to - from > longestValue) return false
  copy(chunk, bytes, from, to)
  addValue(chunk, to - from + 4)
  return true
}

/** Truth by the texts that mean it, a byte each. */
export function takeBool(trueTexts: readonly string[], falseTexts: readonly string[]): Take {
  const truth = new Map([
    ...falseTexts.map((text) => [text, 0] as const),
    ...trueTexts.map((text) => [text, 1] as const),
  ])
  return (chunk, bytes, from, to) => {
    const value = truth.get(textOf(bytes, from, to))
    if (value === undefined) return false
    reserve(chunk, 1)[chunk.at] = value
    addValue(chunk, 1)
    return true
  }
}

/** As another reader does, but for some texts, which are NULL. */
export function exceptNulls(take: Take, nulls: readonly string[]): Take {
  const texts = new Set(nulls)
  const longest = Math.max(...nulls.map((text) => Buffer.byteLength(text)))
  return (chunk, bytes, from, to) =>
    to - from <= longest && texts.has(textOf(bytes, from, to)) ? addNull(chunk) : take(chunk, bytes, from, to)
}

const textOf = (bytes: Uint8Array, from: number, to: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString()

const uuid = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** UUIDs with hyphens. */
export const takeUuid: Take = (chunk, bytes, from, to) => {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset + from, to - from).toString('latin1')
  if (!uuid.test(text)) return false
  reserve(chunk, 16).write(text.replaceAll('-', ''), chunk.at, 'hex')
  addValue(chunk, 16)
  return true
}
