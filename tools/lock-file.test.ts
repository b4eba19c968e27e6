import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

interface Lock {
  readonly packages: Readonly<
    Record<string, { readonly optionalDependencies?: Readonly<Record<string, string>> }>
  >
}

// npm leaves platform packages out of the lock file when the registry at hand lacks them, and `npm ci` then refuses it.
test('the lock file names the packages of every platform', () => {
  const file = new URL('../package-lock.json', import.meta.url)
  const { packages } = JSON.parse(readFileSync(file, 'utf8')) as Lock
  const optional = Object.values(packages).flatMap((p) => Object.keys(p.optionalDependencies ?? {}))
  expect(optional.length).toBeGreaterThan(20)
  expect(optional.filter((name) => packages[`node_modules/${name}`] === undefined)).toEqual([])
})
