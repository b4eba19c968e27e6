import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { LogicalType } from '../../plan/type.ts'

/** A value as the service sends it, or as an export file holds it: bytes are then base64. */
export type Attribute = AttributeValue | Readonly<Record<string, unknown>>
export type Item = Readonly<Record<string, Attribute>>

const base64 = (value: unknown): string =>
  typeof value === 'string' ? value : Buffer.from(value as Uint8Array).toString('base64')

const quoted = (value: unknown): string => JSON.stringify(value)

type Pair = readonly [kind: string, value: unknown]

/** The one type that an attribute has, and its value. */
function pairOf(attribute: Attribute): Pair {
  for (const [kind, value] of Object.entries(attribute)) if (value !== undefined) return [kind, value]
  return ['', undefined]
}

const all = (value: unknown): readonly unknown[] => value as readonly unknown[]

/** A value as plain JSON: sets are arrays, bytes are base64; the digits of a number, which is sent plain, are its token. */
export function plainJson(attribute: Attribute): string {
  const [kind, value] = pairOf(attribute)
  switch (kind) {
    case 'N':
      return String(value)
    case 'B':
      return quoted(base64(value))
    case 'NULL':
      return 'null'
    case 'NS':
      return `[${all(value).map(String).join(',')}]`
    case 'BS':
      return `[${all(value)
        .map((b) => quoted(base64(b)))
        .join(',')}]`
    case 'L':
      return `[${(value as readonly Attribute[]).map(plainJson).join(',')}]`
    case 'M':
      return plainObject(value as Item)
    default:
      return quoted(value)
  }
}

/** Several attributes as one JSON object. */
export function plainObject(item: Item): string {
  const members = Object.entries(item).map(([name, value]) => `${quoted(name)}:${plainJson(value)}`)
  return `{${members.join(',')}}`
}

/** A value in DynamoDB's own JSON, which names its type. No column but one of json takes it. */
function taggedJson(attribute: Attribute): string {
  const [kind, value] = pairOf(attribute)
  switch (kind) {
    case 'B':
      return `{"B":${quoted(base64(value))}}`
    case 'BS':
      return `{"BS":${plainJson(attribute)}}`
    case 'L':
      return `{"L":[${(value as readonly Attribute[]).map(taggedJson).join(',')}]}`
    case 'M':
      return `{"M":{${Object.entries(value as Item)
        .map(([name, v]) => `${quoted(name)}:${taggedJson(v)}`)
        .join(',')}}}`
    default:
      return `{${quoted(kind)}:${quoted(value)}}`
  }
}

/** The element type of a set as the attributes that its members stand for. */
const memberKind: Readonly<Record<string, string>> = { SS: 'S', NS: 'N', BS: 'B' }

/** The DynamoDB types that a logical type is read from, besides NULL. */
function takes(type: LogicalType): readonly string[] {
  switch (type.kind) {
    case 'bool':
      return ['BOOL']
    case 'bytes':
      return ['B']
    case 'list':
      return ['L', 'SS', 'NS', 'BS']
    case 'struct':
    case 'map':
      return ['M']
    case 'text':
    case 'date':
    case 'time':
    case 'timestamp':
    case 'uuid':
      return ['S']
    default:
      return ['N']
  }
}

/** What is told of members that a declared struct does not have. */
export type OnUndeclared = (path: string) => void

/** How an attribute of a declared column is read. */
export interface AttributeColumn {
  readonly type: LogicalType
  /** The name or path that messages show. */
  readonly path: string
  /** Texts stand for truth values. */
  readonly boolFromText?: boolean
  readonly onUndeclared: OnUndeclared
}

/**
 * A value as the JSON from which the reader of staged records makes one of the declared type. What does not belong to the
 * type is written so that no reader takes it for a value: the record becomes a reject that shows it.
 */
export function columnJson(attribute: Attribute, column: AttributeColumn): string {
  const [kind, value] = pairOf(attribute)
  const { type } = column
  if (kind === 'NULL') return 'null'
  if (type.kind === 'json') return plainJson(attribute)
  if (type.kind === 'bool' && kind === 'S' && column.boolFromText === true) return quoted(value)
  if (!takes(type).includes(kind)) {
    const tagged = taggedJson(attribute)
    // A struct or a map would be looked for in an object.
    return type.kind === 'struct' || type.kind === 'map' ? `[${tagged}]` : tagged
  }
  switch (type.kind) {
    case 'bool':
      return String(value)
    case 'bytes':
      return quoted(base64(value))
    case 'list': {
      const element = { ...column, type: type.element, path: `${column.path}[]` }
      const inner = memberKind[kind]
      const items = inner === undefined ? (value as Attribute[]) : all(value).map((v) => ({ [inner]: v }))
      return `[${items.map((item) => columnJson(item, element)).join(',')}]`
    }
    case 'map': {
      const inner = { ...column, type: type.value, path: `${column.path}.*` }
      return object(value as Item, (_name, v) => columnJson(v, inner))
    }
    case 'struct':
      return structJson(value as Item, type.fields, column)
    default:
      // Numbers travel as texts, which are parsed without a double in between.
      return quoted(value)
  }
}

function structJson(
  value: Item,
  fields: Extract<LogicalType, { kind: 'struct' }>['fields'],
  column: AttributeColumn,
): string {
  const types = new Map(fields.map((f) => [f.name, f.type]))
  return object(value, (name, member) => {
    const type = types.get(name)
    const path = `${column.path}.${name}`
    if (type !== undefined) return columnJson(member, { ...column, type, path })
    column.onUndeclared(path)
    return undefined
  })
}

function object(value: Item, print: (name: string, value: Attribute) => string | undefined): string {
  const members = Object.entries(value).flatMap(([name, member]) => {
    const printed = print(name, member)
    return printed === undefined ? [] : [`${quoted(name)}:${printed}`]
  })
  return `{${members.join(',')}}`
}
