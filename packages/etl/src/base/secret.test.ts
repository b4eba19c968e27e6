import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { format } from 'node:util'
import { expect, test } from 'vitest'
import { readSecret, secret } from './secret.ts'

test('a secret is read from where its reference says', async () => {
  process.env['SECRET_TEST'] = 'hunter2 '
  expect((await readSecret(secret('env:SECRET_TEST'))).reveal()).toBe('hunter2 ')
  const file = path.join(await mkdtemp(path.join(tmpdir(), 'secret-')), 's')
  await writeFile(file, 'line\r\n')
  expect((await readSecret(secret(`file:${file}`))).reveal()).toBe('line')
})

test('no way of printing a secret shows it', async () => {
  process.env['SECRET_TEST'] = 'hunter2'
  const value = await readSecret(secret('env:SECRET_TEST'))
  const shown = [String(value), JSON.stringify({ value }), format('%o %s %j', value, value, { value })]
  expect(shown.join(' ')).not.toContain('hunter2')
  expect(Object.keys(value)).toEqual([])
})

test('a missing secret is told by name, a secret in place of a reference is not repeated', async () => {
  await expect(readSecret(secret('env:SECRET_TEST_MISSING'))).rejects.toMatchObject({ code: 'config.secret' })
  await expect(readSecret(secret('file:/nowhere/at/all'))).rejects.toMatchObject({ code: 'config.secret' })
  expect(() => secret('hunter2')).toThrow(/referred to/)
  expect(() => secret('hunter2')).not.toThrow(/hunter2/)
})
