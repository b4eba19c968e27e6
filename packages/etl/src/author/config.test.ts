import { expect, test } from 'vitest'
import { EtlError } from '../base/errors.ts'
import { csv, secret, text } from '../index.ts'
import { defineConfig, tablesIn, withProfile } from './config.ts'
import { table } from './typescript/table.ts'
import { askedVariables, setVariables, variable } from './variable.ts'

const a = table('x.a', { from: csv('a.csv', { columns: { a: text() } }) })
const b = table('x.b', { from: a })

test('a configuration holds each table of its modules once', () => {
  const module = { b, a, helper: () => 1, nested: { again: [a] } }
  const config = defineConfig({ lake: './lake', pipelines: [module, a], memoryLimit: '512 MB', threads: 2 })
  expect(config.tables).toEqual([b, a])
  expect(config).toMatchObject({ kind: 'config', lake: './lake', memoryLimit: '512 MB', threads: 2 })
  expect(config.at?.file).toBe(import.meta.filename)
  expect(tablesIn(a)).toEqual([a])
})

test('all wrong settings are reported in one error', () => {
  const wrong = (): unknown =>
    defineConfig({
      lake: '',
      pipelines: [],
      memoryLimit: 'much',
      threads: 0,
      s3: {
        endpoint: 'localhost:9000',
        cacheBytes: -1,
        credentials: { accessKeyId: 'AKIA' as never, secretAccessKey: secret('env:S') },
      },
      profiles: { big: { threads: 1.5 } },
    })
  expect(wrong).toThrow(EtlError)
  try {
    wrong()
  } catch (error) {
    expect((error as EtlError).diagnostics.map((d) => d.message)).toEqual([
      'lake is the path of a folder',
      'memoryLimit is a number of bytes or text such as "512 MB", not "much"',
      'threads is a whole number above zero, not 0',
      's3.endpoint is an address such as https://s3.eu-central-1.amazonaws.com',
      's3.cacheBytes is a number of bytes',
      "s3.credentials.accessKeyId is a reference, secret('env:NAME')",
      'profile big: threads is a whole number above zero, not 1.5',
      'pipelines holds no table',
    ])
  }
})

test('a profile replaces settings', () => {
  const config = defineConfig({ lake: './lake', pipelines: a, profiles: { big: { threads: 8 } } })
  expect(withProfile(config, 'big')).toMatchObject({ lake: './lake', threads: 8 })
  expect(() => withProfile(config, 'small')).toThrow('there is no profile "small"')
})

test('variables come from the command line, else from their default', () => {
  setVariables({ data: 'd' })
  expect([variable('data', 'x'), variable('other', 'x')]).toEqual(['d', 'x'])
  expect(() => variable('missing')).toThrow('the project needs the variable "missing"')
  expect(askedVariables()).toEqual(['data', 'other', 'missing'])
  setVariables({})
})
