import { isUtf8 } from 'node:buffer'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type DecoderModule from 'mmdb-lib/lib/decoder.js'
import { type Metadata, parseMetadata } from 'mmdb-lib/lib/metadata.js'
import type WalkerModule from 'mmdb-lib/lib/reader/walker.js'
import { EtlError } from '../../../base/errors.ts'

// A default export of CommonJS is one thing to Node and another to bundlers; what require gives is the same everywhere.
const load = createRequire(import.meta.url)
const { default: Decoder } = load('mmdb-lib/lib/decoder.js') as typeof DecoderModule
const { default: nodeReaders } = load('mmdb-lib/lib/reader/walker.js') as typeof WalkerModule

/** The sixteen zero bytes between the search tree and the data. */
const separatorBytes = 16
const metadataMark = Buffer.from('\xab\xcd\xefMaxMind.com', 'latin1')
const maxCached = 20_000

/** An open database in the MaxMind DB format. The file is in memory; records are decoded when they are asked for. */
export interface MmdbFile {
  readonly path: string
  readonly metadata: Metadata
  /** What the two branches of a node of the search tree hold: a node, the number of nodes for nothing, or a pointer. */
  readonly left: (node: number) => number
  readonly right: (node: number) => number
  /** Decodes the record that a leaf of the tree points to. Fails with `source.corrupt` on a damaged record. */
  record(pointer: number): unknown
}

/** The refusal of a damaged database. */
export function refuseMmdb(path: string, problem: string, cause?: unknown): EtlError {
  return new EtlError('source.corrupt', `${path} is no whole MaxMind DB file: ${problem}`, {
    hint: 'fetch the file again',
    ...(cause === undefined ? {} : { cause }),
  })
}

/** Forgets all at its limit: neighbours in the tree share records, so what is needed again is needed soon. */
function boundedCache(): { get(key: number): unknown; set(key: number, value: unknown): void } {
  const kept = new Map<number, unknown>()
  return {
    get: (key) => kept.get(key),
    set: (key, value) => {
      if (kept.size >= maxCached) kept.clear()
      kept.set(key, value)
    },
  }
}

/** Bytes that a value of a type may have, by the number of the type; others are collections, or carry no bytes. */
const allowedBytes: Readonly<Record<number, { readonly least: number; readonly most: number }>> = {
  3: { least: 8, most: 8 },
  5: { least: 0, most: 2 },
  6: { least: 0, most: 4 },
  8: { least: 0, most: 4 },
  9: { least: 0, most: 8 },
  10: { least: 0, most: 16 },
  14: { least: 0, most: 1 },
  15: { least: 4, most: 4 },
}
const textType = 2
const bytesType = 4

interface Decoding {
  decodeByType(type: number, offset: number, size: number): unknown
}

/**
 * The library's decoder with checks that it leaves out: it reads eight bytes of a float that says it has six, and gives
 * what is there of a text that ends behind the data.
 */
function strictDecoder(data: Buffer, dataStart: number): InstanceType<typeof Decoder> {
  const decoder = new Decoder(data, dataStart, boundedCache())
  const inner = decoder as unknown as Decoding
  const decodeByType = inner.decodeByType.bind(decoder)
  inner.decodeByType = (type, offset, size) => {
    const { least, most } = allowedBytes[type] ?? { least: 0, most: size }
    if (size < least || size > most) throw new Error(`a value of type ${type} has ${size} bytes`)
    if (type === textType || type === bytesType) {
      if (offset + size > data.length) throw new Error(`a value of ${size} bytes is cut off`)
      if (type === textType && !isUtf8(data.subarray(offset, offset + size)))
        throw new Error('a text is no UTF-8')
    }
    return decodeByType(type, offset, size)
  }
  return decoder
}

function readMetadata(path: string, bytes: Buffer, start: number): Metadata {
  let metadata: Metadata
  let end: number
  try {
    end = new Decoder(bytes, start).decode(start).offset
    metadata = parseMetadata(bytes)
  } catch (cause) {
    throw refuseMmdb(path, `its metadata cannot be read (${(cause as Error).message})`, cause)
  }
  if (end !== bytes.length) throw refuseMmdb(path, 'its metadata does not end where the file ends')
  const { binaryFormatMajorVersion: version, ipVersion, nodeCount } = metadata
  if (version !== 2) throw refuseMmdb(path, `it has version ${version} of the format; version 2 is known`)
  if (ipVersion !== 4 && ipVersion !== 6) throw refuseMmdb(path, `it is of IP version ${ipVersion}`)
  if (!Number.isSafeInteger(nodeCount) || nodeCount < 1)
    throw refuseMmdb(path, `its search tree has ${nodeCount} nodes`)
  return metadata
}

/**
 * Opens a database: reads the file whole and checks the frame of the format. Fails with `source.corrupt` when the file is
 * cut off anywhere or is no such database.
 *
 * Source: MaxMind DB File Format Specification, version 2.0.
 */
export async function openMmdbFile(path: string, plainPath: string): Promise<MmdbFile> {
  const bytes = await readFile(plainPath)
  const mark = bytes.lastIndexOf(metadataMark)
  if (mark < 0) throw refuseMmdb(path, 'it has no metadata at its end')
  const metadata = readMetadata(path, bytes, mark + metadataMark.length)
  const dataStart = metadata.searchTreeSize + separatorBytes
  const separator = bytes.subarray(metadata.searchTreeSize, dataStart)
  if (dataStart > mark || separator.some((b) => b !== 0))
    throw refuseMmdb(path, 'its search tree does not end where its metadata says')
  const data = bytes.subarray(0, mark)
  const decoder = strictDecoder(data, dataStart)
  const { left, right } = nodeReaders(bytes.subarray(0, metadata.searchTreeSize), metadata.recordSize)
  return {
    path,
    metadata,
    left: (node) => left(node * metadata.nodeByteSize),
    right: (node) => right(node * metadata.nodeByteSize),
    record: (pointer) => {
      const offset = pointer - metadata.nodeCount + metadata.searchTreeSize
      if (offset < dataStart || offset >= mark)
        throw refuseMmdb(path, 'its search tree points outside of its data')
      try {
        const { value, offset: end } = decoder.decodeFast(offset) as { value: unknown; offset: number }
        if (end <= mark) return value
      } catch (cause) {
        throw refuseMmdb(path, `a record cannot be read (${(cause as Error).message})`, cause)
      }
      throw refuseMmdb(path, 'a record is cut off')
    },
  }
}
