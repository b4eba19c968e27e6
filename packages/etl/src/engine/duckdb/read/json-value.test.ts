import { expect, test } from 'vitest'
import { memberSteps, pointerTo } from './json-value.ts'

test('a name stands for itself, a path for its steps', () => {
  expect(memberSteps('a.b')).toEqual(['a.b'])
  expect(memberSteps('$price')).toEqual(['$price'])
  expect(memberSteps('$.customer.city')).toEqual(['customer', 'city'])
  expect(memberSteps('$.items[0].sku')).toEqual(['items', '0', 'sku'])
  expect(memberSteps(String.raw`$."a.b"."say \"x\""`)).toEqual(['a.b', 'say "x"'])
})

test('a path that does not parse to its end is refused', () => {
  for (const path of ['$.', '$.a..b', '$[x]', '$.a[0', '$."a'])
    expect(() => memberSteps(path)).toThrow(expect.objectContaining({ code: 'config.invalid' }))
})

test('pointers escape what has a meaning in them', () => {
  expect(pointerTo(['a/b', '~', ''])).toBe('/a~1b/~0/')
})
