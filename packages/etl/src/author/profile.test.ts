import { afterEach, expect, test } from 'vitest'
import { csv, mysql, mysqlServer, text } from '../index.ts'
import { assertProfilesDeclared, defineConfig, withProfile } from './config.ts'
import { byProfile, setProfile } from './profile.ts'
import { table } from './typescript/table.ts'

const columns = { a: text() }
const sources = {
  default: () => csv('a.csv', { columns }),
  services: () => mysql(mysqlServer({ user: 'u', database: 'd' }), { table: 'a', columns }),
}
const declared = (): ReturnType<typeof table> => table('x.a', { from: byProfile(sources) })
const connectorOf = ({ content }: ReturnType<typeof declared>): string | undefined =>
  content.kind !== 'source' ? undefined : content.source.kind === 'files' ? 'files' : content.source.connector

afterEach(() => setProfile(undefined))

test('the chosen profile decides, else the default', () => {
  expect(connectorOf(declared())).toBe('files')
  setProfile('services')
  expect(connectorOf(declared())).toBe('mysql')
  setProfile('another')
  expect(connectorOf(declared())).toBe('files')
})

test('only what is chosen is made', () => {
  const fail = (): never => {
    throw new Error('must not be called')
  }
  expect(byProfile({ default: () => 1, services: fail })).toBe(1)
  setProfile('services')
  expect(byProfile({ default: fail, services: () => undefined })).toBe(undefined)
  // A name that every object has is no choice.
  setProfile('toString')
  expect(byProfile({ default: () => 2 })).toBe(2)
})

test('without a default one must be chosen that is there', () => {
  const choose = (): number => byProfile({ files: () => 1, services: () => 2 })
  expect(choose).toThrow('the project needs a profile')
  expect(choose).toThrow(expect.objectContaining({ hint: 'Choose one with --profile: files, services.' }))
  setProfile('aws')
  expect(choose).toThrow('nothing is declared here for the profile "aws"')
  expect(choose).toThrow(
    expect.objectContaining({ at: expect.objectContaining({ file: import.meta.filename }) }),
  )
})

test('a profile that the configuration does not declare is told with its place', () => {
  const config = defineConfig({ lake: 'lake', pipelines: declared(), profiles: { service: {} } })
  const assertion = (): void => assertProfilesDeclared(config)
  expect(assertion).toThrow('the configuration declares no profile "services"')
  expect(assertion).toThrow(
    expect.objectContaining({ at: expect.objectContaining({ file: import.meta.filename }) }),
  )
})

test('settings of a profile do not go with tables of another', () => {
  const load = (): ReturnType<typeof defineConfig> =>
    defineConfig({ lake: 'lake', pipelines: declared(), profiles: { services: { lake: 'other' } } })
  expect(() => withProfile(load(), 'services')).toThrow(
    'the project was loaded without the profile "services"',
  )
  setProfile('services')
  expect(withProfile(load(), 'services').lake).toBe('other')
  expect(() => withProfile(load(), 'toString')).toThrow('there is no profile "toString"')
})
