import { describe, expect, test } from 'vitest'
import { FieldDescriptorProto_Type as Type } from '@bufbuild/protobuf/wkt'
import { planMessages } from '../../packages/etl/src/engine/spark/connect/plan-messages.ts'
import { serviceMessages } from '../../packages/etl/src/engine/spark/connect/service-messages.ts'
import { missingSparkConnect, type SparkLine, sparkLines } from '../../tools/peers/spark-connect.ts'
import { type DescribedField, type Described, describedMessages } from './descriptors.ts'

const missing = missingSparkConnect()
if (missing !== undefined && process.env['CI'] === 'true') throw new Error(missing)

/** Ours: map entries, and messages of which nothing is read. */
const own = new Set(['Entry', 'KeyValue', 'Empty'])

/** Google's messages that come with a failure are no part of Spark's protocol. */
const isForeign = (message: string): boolean => own.has(message) || message.startsWith('google.')

const scalars: Readonly<Record<string, readonly number[]>> = {
  string: [Type.STRING],
  bytes: [Type.BYTES],
  bool: [Type.BOOL],
  int32: [Type.INT32, Type.ENUM, Type.UINT32],
  int64: [Type.INT64, Type.UINT64],
  float: [Type.FLOAT],
  double: [Type.DOUBLE],
}

function fits(type: string, field: DescribedField, described: Described): boolean {
  const plain = type.replace('[]', '')
  if (type.endsWith('[]') !== field.repeated) return false
  const kinds = scalars[plain]
  if (kinds !== undefined) return kinds.includes(field.type)
  if (field.type !== Type.MESSAGE) return false
  if (plain === 'Empty') return true
  if (!own.has(plain)) return field.message === plain
  const names = described.get(field.message)?.map((f) => f.name)
  return names?.includes('key') === true && names.includes('value')
}

const table: readonly (readonly [string, Readonly<Record<string, readonly [number, string]>>])[] =
  Object.entries({ ...planMessages, ...serviceMessages })

describe.skipIf(missing !== undefined).each(Object.keys(sparkLines) as SparkLine[])(
  `the messages of Spark %s${missing === undefined ? '' : ` (${missing})`}`,
  (line) => {
    test('have the numbers and types that the client gives them', async () => {
      const described = await describedMessages(line)
      let same = 0
      const [wrong, unknown]: [string[], string[]] = [[], []]
      for (const [message, fields] of table) {
        if (isForeign(message)) continue
        const theirs = described.get(message)
        for (const [name, [number, type]] of Object.entries(fields)) {
          const field = theirs?.find((f) => f.number === number || f.name === name)
          if (field === undefined) unknown.push(`${message}.${name}`)
          else if (field.number === number && field.name === name && fits(type, field, described)) same++
          else wrong.push(`${message}.${name}: ${number} ${type}, not ${JSON.stringify(field)}`)
        }
      }
      expect(wrong).toEqual([])
      expect(same).toBeGreaterThan(100)
      // What 3.5 does not know yet it neither sends nor reads; the newer line knows all.
      if (line === '4.1') expect(unknown).toEqual([])
    })
  },
)
