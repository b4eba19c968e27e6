import { expect, test } from 'vitest'
import { EtlError } from './errors.ts'
import { loadOptional } from './optional.ts'

const missing = async (): Promise<never> => {
  throw Object.assign(new Error('not found'), { code: 'ERR_MODULE_NOT_FOUND' })
}

test('a package that is not installed is a mistake of the configuration', async () => {
  const loading = loadOptional('@aws-sdk/client-nothing', missing)
  await expect(loading).rejects.toBeInstanceOf(EtlError)
  await expect(loading).rejects.toMatchObject({
    code: 'config.invalid',
    message: 'the package @aws-sdk/client-nothing is not installed',
    hint: 'npm install @aws-sdk/client-nothing',
  })
})

test('what must be installed together is named together', async () => {
  await expect(loadOptional('a', missing, 'a b')).rejects.toMatchObject({ hint: 'npm install a b' })
})

test('a package that fails while it is loaded says so itself', async () => {
  await expect(loadOptional('a', () => Promise.reject(new Error('broken')))).rejects.toThrow('broken')
})
