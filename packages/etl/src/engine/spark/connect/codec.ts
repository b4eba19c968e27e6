import { BinaryReader, BinaryWriter, WireType } from '@bufbuild/protobuf/wire'
import { planMessages } from './plan-messages.ts'
import { serviceMessages } from './service-messages.ts'

const messages = { ...planMessages, ...serviceMessages }

type Messages = typeof messages
export type MessageName = keyof Messages

interface Scalars {
  readonly string: string
  readonly bytes: Uint8Array
  readonly bool: boolean
  readonly int32: number
  readonly int64: bigint
  readonly float: number
  readonly double: number
}

type Value<T> = T extends `${infer One}[]`
  ? readonly Value<One>[]
  : T extends keyof Scalars
    ? Scalars[T]
    : T extends MessageName
      ? Message<T>
      : never

/** A message as data. A field that is absent has its default value: zero, empty or no message. */
export type Message<N extends MessageName> = {
  readonly [F in keyof Messages[N]]?: Messages[N][F] extends readonly [number, infer T] ? Value<T> : never
}

interface FieldPlan {
  readonly name: string
  readonly number: number
  readonly type: string
  readonly repeated: boolean
}

const table: Readonly<Record<string, Readonly<Record<string, readonly [number, string]>>>> = messages

const plans = new Map<string, ReadonlyMap<number, FieldPlan>>()

function planOf(message: string): ReadonlyMap<number, FieldPlan> {
  const known = plans.get(message)
  if (known !== undefined) return known
  const plan = new Map<number, FieldPlan>()
  for (const [name, [number, type]] of Object.entries(table[message] ?? {})) {
    plan.set(number, { name, number, type: type.replace('[]', ''), repeated: type.endsWith('[]') })
  }
  plans.set(message, plan)
  return plan
}

const wireTypes: Readonly<Record<string, WireType>> = {
  string: WireType.LengthDelimited,
  bytes: WireType.LengthDelimited,
  bool: WireType.Varint,
  int32: WireType.Varint,
  int64: WireType.Varint,
  float: WireType.Bit32,
  double: WireType.Bit64,
}

function writeValue(writer: BinaryWriter, { number, type }: FieldPlan, value: unknown): void {
  writer.tag(number, wireTypes[type] ?? WireType.LengthDelimited)
  switch (type) {
    case 'string':
      return void writer.string(value as string)
    case 'bytes':
      return void writer.bytes(value as Uint8Array)
    case 'bool':
      return void writer.bool(value as boolean)
    case 'int32':
      return void writer.int32(value as number)
    case 'int64':
      return void writer.int64(value as bigint)
    case 'float':
      return void writer.float(value as number)
    case 'double':
      return void writer.double(value as number)
    default:
      writer.fork()
      writeMessage(writer, type, value as Readonly<Record<string, unknown>>)
      writer.join()
  }
}

function writeMessage(writer: BinaryWriter, message: string, data: Readonly<Record<string, unknown>>): void {
  for (const field of planOf(message).values()) {
    const value = data[field.name]
    if (value === undefined) continue
    if (!field.repeated) writeValue(writer, field, value)
    else for (const item of value as readonly unknown[]) writeValue(writer, field, item)
  }
}

function readValue(reader: BinaryReader, { type }: FieldPlan): unknown {
  switch (type) {
    case 'string':
      return reader.string()
    case 'bytes':
      return reader.bytes()
    case 'bool':
      return reader.bool()
    case 'int32':
      return reader.int32()
    case 'int64':
      return BigInt(reader.int64())
    case 'float':
      return reader.float()
    case 'double':
      return reader.double()
    default:
      return readMessage(new BinaryReader(reader.bytes()), type)
  }
}

function readMessage(reader: BinaryReader, message: string): Readonly<Record<string, unknown>> {
  const plan = planOf(message)
  const data: Record<string, unknown> = {}
  while (reader.pos < reader.len) {
    const [number, wireType] = reader.tag()
    const field = plan.get(number)
    if (field === undefined || wireType !== (wireTypes[field.type] ?? WireType.LengthDelimited)) {
      reader.skip(wireType, number)
      continue
    }
    const value = readValue(reader, field)
    if (!field.repeated) data[field.name] = value
    else if (data[field.name] === undefined) data[field.name] = [value]
    else (data[field.name] as unknown[]).push(value)
  }
  return data
}

/** Writes a message in protobuf's wire format. Fields that are undefined are left out. */
export function encode<N extends MessageName>(name: N, message: Message<N>): Uint8Array {
  const writer = new BinaryWriter()
  writeMessage(writer, name, message as Readonly<Record<string, unknown>>)
  return writer.finish()
}

/** Reads a message; fields that the table does not list are skipped. Bytes are views into `data`. */
export function decode<N extends MessageName>(name: N, data: Uint8Array): Message<N> {
  return readMessage(new BinaryReader(data), name) as Message<N>
}
