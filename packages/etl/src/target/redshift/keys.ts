import { EtlError } from '../../base/errors.ts'
import { quoteName } from '../../function/dialect.ts'
import type { Work } from './work.ts'

/** Fails with `target.key` when a key is NULL or not unique: Redshift does not check the keys that it is told. */
export async function assertKeys({ connection, delivery }: Work, relation: string): Promise<void> {
  const { target } = delivery
  if (target.key.length === 0) return
  const key = target.key.map(quoteName)
  const [row] = await connection.rows(
    `SELECT ${key.join(', ')} FROM ${relation} GROUP BY ${key.join(', ')}
     HAVING COUNT(*) > 1 OR ${key.map((k) => `${k} IS NULL`).join(' OR ')} LIMIT 1`,
    `checking the keys of ${target.schema}.${target.name}`,
  )
  if (row === undefined) return
  const shown = target.key.map((name, i) => `${name} = ${row[i] ?? 'NULL'}`).join(', ')
  const what = row.includes(null) ? 'a row has no key' : 'two rows have the same key'
  throw new EtlError('target.key', `${target.schema}.${target.name}: ${what}: ${shown}`, {
    hint: 'Make the key unique in the table, or give the target an `order`.',
  })
}
