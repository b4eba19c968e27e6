import { afterAll, describe, expect, it } from 'vitest'
import { openDuckdb } from '../../../../../conformance/function/duckdb.ts'
import { judge } from '../../../../../conformance/function/judge.ts'
import { catalogue } from '../../function/catalogue.ts'
import type { FunctionDefinition } from '../../function/contract.ts'

const functions: readonly FunctionDefinition[] = Object.values(catalogue)
const duckdb = await openDuckdb()
let cases = 0

describe('the function catalogue on DuckDB', () => {
  afterAll(async () => {
    await duckdb[Symbol.asyncDispose]()
  })

  it.each(functions.map((f) => [f.name, f] as const))('%s', async (_name, f) => {
    const verdict = await judge(f, duckdb)
    cases += verdict.cases
    expect(verdict.failures.join('\n')).toBe('')
  })

  it('notices a wrong answer, a wrong type and a missing failure', async () => {
    const group = { types: [{ kind: 'int64' }, { kind: 'int64' }], result: { kind: 'int64' } } as const
    const wrong = async (edges: FunctionDefinition['edges']): Promise<string> =>
      (await judge({ ...catalogue.add, edges }, duckdb)).failures.join('\n')
    expect(await wrong([{ ...group, rows: [{ in: ['1', '2'], out: '4' }] }])).toContain('expected')
    expect(await wrong([{ ...group, rows: [{ in: ['1', '2'], fails: true }] }])).toContain('must fail')
    expect(
      await wrong([{ ...group, result: { kind: 'text' }, rows: [{ in: ['1', '2'], out: '3' }] }]),
    ).toContain('inferred')
  })

  it('ran', () => {
    console.info(`functions on DuckDB: ${functions.length} functions, ${cases} cases`)
    expect(cases).toBeGreaterThan(functions.length)
  })
})
