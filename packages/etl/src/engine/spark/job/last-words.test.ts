import { expect, test } from 'vitest'
import { newTail } from './last-words.ts'

function lastWords(...lines: readonly string[]): string | undefined {
  const tail = newTail()
  for (const line of lines) tail.add(line)
  return tail.lastWords()
}

test('the last error of a driver is found behind its stack, else its last line', () => {
  const stack = ['Exception in thread "main" java.lang.Exception: no', '\tat a.b(C.java:1)', '']
  expect(lastWords('starting', ...stack)).toBe('Exception in thread "main" java.lang.Exception: no')
  expect(lastWords('Traceback:', 'ValueError: bad', 'INFO ShutdownHookManager: gone')).toBe('ValueError: bad')
  expect(lastWords('one', 'two', ' ')).toBe('two')
  expect(lastWords()).toBeUndefined()
})
