import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fromBinary } from '@bufbuild/protobuf'
import {
  type DescriptorProto,
  FieldDescriptorProto_Label,
  FileDescriptorProtoSchema,
} from '@bufbuild/protobuf/wkt'
import { runCommand } from '../../tools/peers/command.ts'
import { pythonWith } from '../../tools/peers/python.ts'
import { type SparkLine, sparkLines } from '../../tools/peers/spark-connect.ts'

/** A field as Spark's own descriptors have it. `type` is the number of protobuf's field type, `message` what it holds. */
export interface DescribedField {
  readonly name: string
  readonly number: number
  readonly type: number
  readonly repeated: boolean
  /** `Read.NamedTable`, without the package. */
  readonly message: string
}

/** The fields of every message of a line, by the message's name without the package. */
export type Described = ReadonlyMap<string, readonly DescribedField[]>

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
}

/** The bytes of a Python literal: `b'…'`. */
function bytesOf(literal: string): Uint8Array {
  const text = literal.replaceAll(
    /\\(?:x([0-9a-f]{2})|([0-7]{1,3})|(.))/gs,
    (_, hex?: string, octal?: string, other = '') => {
      if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16))
      if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8))
      return escapes[other] ?? other
    },
  )
  return Uint8Array.from(text, (c) => c.codePointAt(0) ?? 0)
}

const withoutPackage = (name: string): string => name.replace(/^\.?spark\.connect\./, '')

function describe(
  message: DescriptorProto,
  prefix: string,
  found: Map<string, readonly DescribedField[]>,
): void {
  const name = `${prefix}${message.name}`
  const fields = message.field.map((f) => ({
    name: f.name,
    number: f.number,
    type: Number(f.type),
    repeated: f.label === FieldDescriptorProto_Label.REPEATED,
    message: withoutPackage(f.typeName),
  }))
  found.set(name, fields)
  for (const inner of message.nestedType) describe(inner, `${name}.`, found)
}

/** Reads the protocol's descriptors out of the PySpark package of a line, which is installed when it is missing. */
export async function describedMessages(line: SparkLine): Promise<Described> {
  const { environment, packages } = sparkLines[line]
  const python = await pythonWith(environment, packages, true)
  const home = (await runCommand(python, ['-c', 'import pyspark; print(pyspark.__path__[0])'])).trim()
  const folder = join(home, 'sql', 'connect', 'proto')
  const found = new Map<string, readonly DescribedField[]>()
  for (const file of await readdir(folder)) {
    if (!file.endsWith('_pb2.py')) continue
    const source = await readFile(join(folder, file), 'latin1')
    const literal = /AddSerializedFile\(\s*b(['"])((?:\\.|(?!\1).)*)\1\s*\)/s.exec(source)?.[2]
    if (literal === undefined) throw new Error(`${file} holds no descriptor`)
    for (const message of fromBinary(FileDescriptorProtoSchema, bytesOf(literal)).messageType)
      describe(message, '', found)
  }
  return found
}
