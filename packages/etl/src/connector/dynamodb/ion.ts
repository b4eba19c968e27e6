import type { Reader } from 'ion-js'
import { loadOptional } from '../../base/optional.ts'
import type { Attribute, Item } from './attribute.ts'

/** Sets are lists that say so (developer guide, "DynamoDB table export output format", Amazon Ion, 2026). */
const sets: Readonly<Record<string, string>> = {
  $dynamodb_SS: 'S',
  $dynamodb_NS: 'N',
  $dynamodb_BS: 'B',
}

/** A number in plain digits, which every column of numbers reads; DynamoDB's have exponents of -130 to 125. */
function digitsOf(reader: Reader): string {
  const value = reader.decimalValue()
  const exponent = value?.getExponent() ?? 0
  if (value === null || Math.abs(exponent) > 200) throw new RangeError('a number is out of DynamoDB’s range')
  const coefficient = value.getCoefficient()
  const sign = coefficient < 0n ? '-' : ''
  const digits = String(coefficient < 0n ? -coefficient : coefficient)
  if (exponent >= 0) return `${sign}${digits}${coefficient === 0n ? '' : '0'.repeat(exponent)}`
  const padded = digits.padStart(1 - exponent, '0')
  return `${sign}${padded.slice(0, exponent)}.${padded.slice(exponent)}`
}

/** A value of an item; DynamoDB writes numbers as decimals, so a float or an int is none of its values. */
function attributeOf(reader: Reader): Attribute {
  const kind = reader.type()?.name
  if (reader.isNull()) return { NULL: true }
  switch (kind) {
    case 'string':
      return { S: reader.stringValue() }
    case 'decimal':
      return { N: digitsOf(reader) }
    case 'bool':
      return { BOOL: reader.booleanValue() }
    case 'blob':
      return { B: Buffer.from(reader.uInt8ArrayValue() ?? []).toString('base64') }
    case 'struct':
      return { M: itemOf(reader) }
    case 'list':
      return listOf(reader)
    default:
      throw new TypeError(`a value of the Ion type ${kind} is none of DynamoDB's`)
  }
}

function listOf(reader: Reader): Attribute {
  const [annotation] = reader.annotations()
  const members: Attribute[] = []
  reader.stepIn()
  while (reader.next() !== null) members.push(attributeOf(reader))
  reader.stepOut()
  if (annotation === undefined) return { L: members }
  const kind = sets[annotation]
  if (kind === undefined) throw new TypeError(`the annotation ${annotation} is none of DynamoDB's`)
  const values = members.map((member) => Object.entries(member))
  if (values.some(([entry]) => entry?.[0] !== kind)) throw new TypeError(`a set of mixed types`)
  return { [`${kind}S`]: values.map(([entry]) => entry?.[1]) }
}

function itemOf(reader: Reader): Item {
  const members: [string, Attribute][] = []
  reader.stepIn()
  while (reader.next() !== null) members.push([reader.fieldName() ?? '', attributeOf(reader)])
  reader.stepOut()
  return Object.fromEntries(members)
}

/**
 * Loads what reads a line of an export in Amazon Ion: `$ion_1_0 {Item:{…}}`, or the members of an incremental one. The
 * members become what an export in DYNAMODB_JSON has. Fails with `config.invalid` where ion-js is not installed.
 */
export async function loadIon(): Promise<(line: string) => Readonly<Record<string, Item>>> {
  const { makeReader } = await loadOptional('ion-js', () => import('ion-js'))
  return (line) => {
    const reader = makeReader(line)
    if (reader.next()?.name !== 'struct') throw new TypeError('the line holds no struct')
    const members: [string, Item][] = []
    reader.stepIn()
    while (reader.next() !== null) {
      if (reader.type()?.name !== 'struct') throw new TypeError(`${reader.fieldName()} is no struct`)
      members.push([reader.fieldName() ?? '', itemOf(reader)])
    }
    reader.stepOut()
    return Object.fromEntries(members)
  }
}
