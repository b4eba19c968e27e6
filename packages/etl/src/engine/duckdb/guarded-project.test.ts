import { expect, test } from 'vitest'
import { resolveCall } from '../../function/resolve.ts'
import type { Expression } from '../../plan/expression.ts'
import { int32, text } from '../../plan/type.ts'
import { printGuardedProject } from './guarded-project.ts'

const column: Expression = { kind: 'column', name: 'price', type: text, nullable: true }
const literal = (value: string, type = text): Expression => ({
  kind: 'literal',
  value,
  type,
  nullable: false,
})

function call(name: string, ...args: Expression[]): Expression {
  const resolved = resolveCall(name, args)
  if ('problem' in resolved) throw new Error(resolved.problem)
  return resolved.expression
}

test('a check and the projection above it parse once', () => {
  const cleaned = call('replace', call('trim', column), literal(','), literal(''))
  const price = call('parse_decimal', cleaned, literal('18', int32), literal('2', int32))
  const guard = { predicate: call('is_not_null', price), from: '(t)' }
  const sql = printGuardedProject(guard, [{ name: 'price', expression: price }]) ?? ''
  expect(sql.split('replace(').length - 1).toBe(1)
})

test('what shares no call is left to the plain printers', () => {
  const guard = { predicate: call('is_not_null', column), from: '(t)' }
  expect(printGuardedProject(guard, [{ name: 'price', expression: column }])).toBeUndefined()
})
