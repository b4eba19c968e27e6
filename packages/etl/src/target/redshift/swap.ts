import { quoteName } from '../../function/dialect.ts'
import type { TargetTable } from '../contract.ts'
import type { RedshiftConnection } from './connection.ts'
import { quoteRedshiftText, relationOf } from './sql.ts'

/** How long a table is waited for that is to be dropped: until those who read it are done, and others wait behind. */
const dropTimeoutMs = 60_000

/** Prints statements of a transaction, of which none may take longer than a table is waited for. */
export const printHastily = (statements: readonly string[]): readonly string[] => [
  `SET statement_timeout TO ${dropTimeoutMs}`,
  ...statements,
  'RESET statement_timeout',
]

const oidOf = (target: TargetTable): string =>
  `SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
   WHERE n.nspname = ${quoteRedshiftText(target.schema)} AND c.relname = ${quoteRedshiftText(target.name)}`

/**
 * Whether others have hung things onto a table that would have to be dropped before it: views that are bound to it, foreign
 * keys, policies of row-level security or masking as far as the user may see them.
 */
export async function hasDependents(connection: RedshiftConnection, target: TargetTable): Promise<boolean> {
  const doing = `looking at ${target.schema}.${target.name}`
  const hung = await connection.rows(
    `SELECT 1 FROM pg_depend d JOIN pg_rewrite r ON d.objid = r.oid WHERE d.refobjid IN (${oidOf(target)})
     UNION ALL SELECT 1 FROM pg_constraint k WHERE k.contype = 'f' AND (k.confrelid IN (${oidOf(target)}) OR k.conrelid IN (${oidOf(target)}))`,
    doing,
  )
  if (hung.length > 0) return true
  const named = (relation: string): string => `${relation} = ${quoteRedshiftText(target.name)}`
  const policies = [
    `SELECT 1 FROM svv_rls_attached_policy WHERE relschema = ${quoteRedshiftText(target.schema)} AND ${named('relname')}`,
    `SELECT 1 FROM svv_attached_masking_policy WHERE schema_name = ${quoteRedshiftText(target.schema)} AND ${named('table_name')}`,
  ]
  for (const sql of policies)
    // Whoever may not see policies cannot have them carried over either; docs/warehouse.md says so.
    if ((await connection.rows(sql, doing).catch(() => [])).length > 0) return true
  return false
}

const granteeOf = (name: string, kind: string): string => {
  switch (kind) {
    case 'public':
      return 'PUBLIC'
    case 'user':
      return quoteName(name)
    default:
      return `${kind.toUpperCase()} ${quoteName(name)}`
  }
}

/** Prints statements that give a new table the grants and the comment of the one that it takes the place of. */
export async function printCarriedOver(
  connection: RedshiftConnection,
  target: TargetTable,
  beside: string,
): Promise<readonly string[]> {
  const doing = `carrying over what belongs to ${target.schema}.${target.name}`
  const [schema, name] = [quoteRedshiftText(target.schema), quoteRedshiftText(target.name)]
  const where = `namespace_name = ${schema} AND relation_name = ${name}`
  const grants = await connection.rows(
    `SELECT privilege_type, identity_name, identity_type, CASE WHEN admin_option THEN 'yes' ELSE 'no' END
     FROM svv_relation_privileges WHERE ${where}`,
    doing,
  )
  const onColumns = await connection.rows(
    `SELECT privilege_type, column_name, identity_name, identity_type FROM svv_column_privileges WHERE ${where}`,
    doing,
  )
  const comments = await connection.rows(
    `SELECT d.description FROM pg_description d WHERE d.objsubid = 0 AND d.objoid IN (${oidOf(target)})`,
    doing,
  )
  return [
    ...grants.map(
      ([privilege, identity, kind, option]) =>
        `GRANT ${privilege} ON ${beside} TO ${granteeOf(identity ?? '', kind ?? '')}${option === 'yes' ? ' WITH GRANT OPTION' : ''}`,
    ),
    ...onColumns.map(
      ([privilege, column, identity, kind]) =>
        `GRANT ${privilege} (${quoteName(column ?? '')}) ON ${beside} TO ${granteeOf(identity ?? '', kind ?? '')}`,
    ),
    ...comments.slice(0, 1).map(([text]) => `COMMENT ON TABLE ${beside} IS ${quoteRedshiftText(text ?? '')}`),
  ]
}

/** Prints the statements of a transaction that put a table into the place of the target's, which is dropped. */
export function printSwap(target: TargetTable, beside: string, exists: boolean): readonly string[] {
  const rename = `ALTER TABLE ${beside} RENAME TO ${quoteName(target.name)}`
  return exists ? printHastily([`DROP TABLE ${relationOf(target)}`, rename]) : [rename]
}
