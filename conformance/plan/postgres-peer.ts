import { sqlType } from '../../packages/etl/src/function/dialect.ts'
import type { LogicalType } from '../../packages/etl/src/plan/type.ts'
import { canonical, isDataError, rawPostgres } from '../function/postgres.ts'
import type { Outcome, PlanPeer } from './plan-peer.ts'
import { printCase } from './print-case.ts'
import type { Case } from './random-plan.ts'

/** A private PostgreSQL that runs printed plans. */
export async function openPostgresPlans(): Promise<PlanPeer> {
  const server = await rawPostgres()
  const { client } = server
  const known = new Map<string, number>()
  const oidOf = async (type: LogicalType): Promise<number> => {
    const name = sqlType(type, 'postgres')
    const found =
      known.get(name) ?? (await client.query(`SELECT CAST(NULL AS ${name})`)).fields[0]?.dataTypeID
    if (found === undefined) throw new Error(`PostgreSQL does not know ${name}`)
    known.set(name, found)
    return found
  }
  const runOne = async (one: Case): Promise<Outcome> => {
    const { schema } = one.plan
    try {
      const text = printCase(one, 'postgres')
      const { rows, fields } = await client.query<(string | null)[]>({ text, rowMode: 'array' })
      if (fields.length !== schema.length)
        return { error: `${fields.length} columns, not ${schema.length}`, byData: false }
      for (const [i, f] of schema.entries()) {
        if (fields[i]?.dataTypeID !== (await oidOf(f.type)))
          return { error: `column ${f.name} has the type ${fields[i]?.dataTypeID}`, byData: false }
      }
      return { rows: rows.map((row) => schema.map((f, i) => canonical(row[i] ?? null, f.type))) }
    } catch (error) {
      const code = String((error as { code?: unknown }).code ?? '')
      return { error: `${code} ${(error as Error).message}`, byData: isDataError(error) }
    }
  }
  return {
    name: 'PostgreSQL',
    dialect: 'postgres',
    run: async (cases) => {
      const outcomes: Outcome[] = []
      for (const one of cases) outcomes.push(await runOne(one))
      return outcomes
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  }
}
