import { randomBytes } from 'node:crypto'
import { deflateRawSync, inflateRawSync } from 'node:zlib'
import avsc from 'avsc'
import { EtlError } from '../../base/errors.ts'

/** An Avro schema as JSON; Iceberg adds `field-id` and `element-id` attributes. */
export type AvroSchema = string | readonly AvroSchema[] | { readonly [key: string]: unknown }

/** Marks a long that must keep all 64 bits: it is read and written as a big integer. */
export const exactLong: AvroSchema = { type: 'long', exact: true }

const exactLongType = avsc.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigInt64LE(BigInt(value))
    return bytes
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (a: bigint, b: bigint) => (a === b ? 0 : a < b ? -1 : 1),
})

/** Compiles an Avro schema. */
export function compileAvro(schema: AvroSchema): avsc.Type {
  return avsc.Type.forSchema(schema as Parameters<typeof avsc.Type.forSchema>[0], {
    omitRecordMethods: true,
    wrapUnions: 'never',
    typeHook: (member) =>
      typeof member === 'object' && (member as { exact?: unknown }).exact === true
        ? exactLongType
        : undefined,
  })
}

const magic = Buffer.from('Obj\u0001')
const metaType = compileAvro({ type: 'map', values: 'bytes' })
const longType = compileAvro('long')

/**
 * Writes records as one Avro object container file, deflated. `schema` is what the header shows to readers.
 *
 * Source: Avro 1.11 specification, "Object Container Files".
 */
export function writeAvro(
  schema: AvroSchema,
  records: readonly unknown[],
  metadata: Readonly<Record<string, string>>,
): Buffer {
  const type = compileAvro(schema)
  const meta: Record<string, Buffer> = {
    'avro.schema': Buffer.from(
      JSON.stringify(schema, (key, v: unknown) => (key === 'exact' ? undefined : v)),
    ),
    'avro.codec': Buffer.from('deflate'),
  }
  for (const [key, value] of Object.entries(metadata)) meta[key] = Buffer.from(value)
  const sync = randomBytes(16)
  const parts: Buffer[] = [magic, metaType.toBuffer(meta), sync]
  for (let from = 0; from < records.length; from += recordsPerBlock) {
    const block = records.slice(from, from + recordsPerBlock)
    const packed = deflateRawSync(Buffer.concat(block.map((record) => type.toBuffer(record))))
    parts.push(longType.toBuffer(block.length), longType.toBuffer(packed.length), packed, sync)
  }
  return Buffer.concat(parts)
}

const recordsPerBlock = 1_000

/** An opened container file: its header, and its records by need. */
export interface AvroFile {
  readonly metadata: ReadonlyMap<string, string>
  /** Decodes all records; `reader` may leave out fields of the written schema and mark longs as exact. */
  records(
    adapt: (written: AvroSchema) => { readonly reader: AvroSchema; readonly written: AvroSchema },
  ): unknown[]
}

/** Opens an Avro container file held in memory. Fails with `lake.corrupt` when it is not one. */
export function openAvro(bytes: Buffer, location: string): AvroFile {
  if (!bytes.subarray(0, 4).equals(magic)) {
    throw new EtlError('lake.corrupt', `${location} is not an Avro file`)
  }
  const header = metaType.decode(bytes, 4) as { value: Record<string, Buffer>; offset: number }
  if (header.offset < 0) throw new EtlError('lake.corrupt', `${location} ends inside its header`)
  const metadata = new Map(Object.entries(header.value).map(([key, value]) => [key, value.toString('utf8')]))
  const schemaText = metadata.get('avro.schema') ?? 'null'
  const codec = metadata.get('avro.codec') ?? 'null'
  return {
    metadata,
    records: (adapt) => {
      const read = recordReader(schemaText, adapt)
      return decodeBlocks(bytes, header.offset, codec, location, read)
    },
  }
}

type Adapt = Parameters<AvroFile['records']>[0]
type ReadRecord = (block: Buffer, position: number) => { value: unknown; offset: number }

// Compiling a reader costs a millisecond, reading a small manifest less: tables have thousands of alike manifests.
const compiled = new WeakMap<Adapt, Map<string, ReadRecord>>()

function recordReader(schemaText: string, adapt: Adapt): ReadRecord {
  const known = compiled.get(adapt) ?? new Map<string, ReadRecord>()
  compiled.set(adapt, known)
  const found = known.get(schemaText)
  if (found !== undefined) return found
  const { written, reader } = adapt(JSON.parse(schemaText) as AvroSchema)
  const [writtenType, readerType] = [compileAvro(written), compileAvro(reader)]
  const resolver = readerType.createResolver(writtenType)
  const read: ReadRecord = (block, position) => readerType.decode(block, position, resolver)
  if (known.size > 200) known.clear()
  known.set(schemaText, read)
  return read
}

function decodeBlocks(
  bytes: Buffer,
  start: number,
  codec: string,
  location: string,
  read: ReadRecord,
): unknown[] {
  const records: unknown[] = []
  let at = start + 16
  while (at < bytes.length) {
    const count = longType.decode(bytes, at) as { value: number; offset: number }
    const size = longType.decode(bytes, count.offset) as { value: number; offset: number }
    const end = size.offset + size.value
    if (count.offset < 0 || size.offset < 0 || end + 16 > bytes.length) {
      throw new EtlError('lake.corrupt', `${location} ends inside a block`)
    }
    const block = unpack(bytes.subarray(size.offset, end), codec, location)
    let position = 0
    for (let i = 0; i < count.value; i++) {
      const record = read(block, position)
      records.push(record.value)
      position = record.offset
    }
    at = end + 16
  }
  return records
}

function unpack(block: Buffer, codec: string, location: string): Buffer {
  if (codec === 'null') return block
  if (codec !== 'deflate') throw new EtlError('lake.unsupported', `${location} uses the Avro codec ${codec}`)
  try {
    return inflateRawSync(block)
  } catch (cause) {
    throw new EtlError('lake.corrupt', `a block of ${location} cannot be unpacked`, { cause })
  }
}
