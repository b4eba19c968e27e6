import type { ApiModel } from '../../tools/peers/botocore.ts'

/** A value that is checked, and where it stands. */
interface Place {
  readonly model: ApiModel
  readonly shape: string
  readonly at: string
}

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** How a value breaks a shape of a service's model: unknown and missing members, types, patterns, sizes, enums. */
export function problemsOf(value: unknown, place: Place): readonly string[] {
  const { model, shape, at } = place
  const s = model.shapes[shape]
  if (s === undefined) return [`${at}: the model has no shape ${shape}`]
  switch (s.type) {
    case 'structure':
      return isRecord(value) ? structure(value, place) : [`${at} is no structure`]
    case 'list':
      return Array.isArray(value)
        ? [
            ...size(value.length, place),
            ...value.flatMap((v, i) =>
              problemsOf(v, { model, shape: s.member?.shape ?? '', at: `${at}[${i}]` }),
            ),
          ]
        : [`${at} is no list`]
    case 'map':
      return isRecord(value)
        ? Object.entries(value).flatMap(([key, v]) => [
            ...problemsOf(key, { model, shape: s.key?.shape ?? '', at: `${at} key` }),
            ...problemsOf(v, { model, shape: s.value?.shape ?? '', at: `${at}.${key}` }),
          ])
        : [`${at} is no map`]
    case 'string':
      return typeof value === 'string' ? string(value, place) : [`${at} is no string`]
    case 'boolean':
      return typeof value === 'boolean' ? [] : [`${at} is no boolean`]
    default:
      if (typeof value !== 'number') return [`${at} is no number`]
      return s.type === 'timestamp' ? [] : size(value, place)
  }
}

function structure(value: Readonly<Record<string, unknown>>, { model, shape, at }: Place): readonly string[] {
  const { members = {}, required = [], union = false } = model.shapes[shape] ?? { type: '' }
  const given = Object.entries(value)
  return [
    ...required.filter((name) => value[name] === undefined).map((name) => `${at}.${name} is missing`),
    ...(union && given.length !== 1 ? [`${at} is a union of which one member is given`] : []),
    ...given.flatMap(([name, v]) => {
      const member = members[name]
      return member === undefined
        ? [`${at}.${name} is unknown`]
        : problemsOf(v, { model, shape: member.shape, at: `${at}.${name}` })
    }),
  ]
}

function string(value: string, place: Place): readonly string[] {
  const { enum: allowed, pattern } = place.model.shapes[place.shape] ?? { type: '' }
  // Patterns are of Java and Python; what JavaScript cannot read of them is left.
  const regex = pattern?.replaceAll(String.raw`\p{Graph}`, '!-~')
  const fits = (p: string): boolean => {
    try {
      return new RegExp(`^(?:${p})$`, 'su').test(value)
    } catch {
      return true
    }
  }
  return [
    ...size(value.length, place),
    ...(allowed !== undefined && !allowed.includes(value)
      ? [`${place.at} is none of ${allowed.join()}`]
      : []),
    ...(regex !== undefined && !fits(regex) ? [`${place.at} does not match ${pattern}`] : []),
  ]
}

function size(value: number, { model, shape, at }: Place): readonly string[] {
  const { min = -Infinity, max = Infinity } = model.shapes[shape] ?? { type: '' }
  return value < min || value > max ? [`${at} is not within ${min} and ${max}`] : []
}
