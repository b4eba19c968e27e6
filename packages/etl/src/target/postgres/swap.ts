import { quoteName, quoteText } from '../../function/dialect.ts'
import type { TargetTable } from '../contract.ts'
import type { Connection } from './connect.ts'
import { relationOf } from './table.ts'

/**
 * Whether others have hung things onto a table that dropping it would take along: views, triggers, policies, rules, foreign
 * keys, publications, indexes or statistics of their own.
 */
export async function hasDependents(
  connection: Connection,
  target: TargetTable,
  ownIndexes: readonly string[],
): Promise<boolean> {
  const oid = `to_regclass(${quoteText(relationOf(target))})`
  const own = ownIndexes.map(quoteText).join(', ')
  const [row] = await connection.rows(
    `SELECT EXISTS (SELECT 1 FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND d.objid = r.oid
       WHERE d.refclassid = 'pg_class'::regclass AND d.refobjid = ${oid})
     OR EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = ${oid} AND NOT tgisinternal)
     OR EXISTS (SELECT 1 FROM pg_policy WHERE polrelid = ${oid})
     OR EXISTS (SELECT 1 FROM pg_constraint WHERE confrelid = ${oid} OR (conrelid = ${oid} AND contype IN ('f', 'c')))
     OR EXISTS (SELECT 1 FROM pg_publication_rel WHERE prrelid = ${oid})
     OR EXISTS (SELECT 1 FROM pg_statistic_ext WHERE stxrelid = ${oid})
     OR EXISTS (SELECT 1 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid WHERE i.indrelid = ${oid}
       ${own === '' ? '' : `AND c.relname NOT IN (${own})`})`,
    `looking at ${target.schema}.${target.name}`,
  )
  return row?.[0] === 't'
}

/** Gives a new table the owner's grants and the comments of the one that it takes the place of. */
async function carryOver(connection: Connection, target: TargetTable, beside: string): Promise<void> {
  const doing = `carrying over what belongs to ${target.schema}.${target.name}`
  const oid = `to_regclass(${quoteText(relationOf(target))})`
  const statements = await connection.rows(
    `SELECT format('GRANT %s ON %s TO %s%s', privilege_type, ${quoteText(beside)},
       CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
       CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
     FROM pg_class, aclexplode(relacl) WHERE pg_class.oid = ${oid} AND grantee <> relowner
     UNION ALL
     SELECT format('GRANT %s (%I) ON %s TO %s%s', privilege_type, attname, ${quoteText(beside)},
       CASE WHEN grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(grantee)) END,
       CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END)
     FROM pg_attribute, aclexplode(attacl) WHERE attrelid = ${oid} AND NOT attisdropped
     UNION ALL
     SELECT format('COMMENT ON TABLE %s IS %L', ${quoteText(beside)}, description) FROM pg_description
     WHERE objoid = ${oid} AND classoid = 'pg_class'::regclass AND objsubid = 0
     UNION ALL
     SELECT format('COMMENT ON COLUMN %s.%I IS %L', ${quoteText(beside)}, attname, description)
     FROM pg_description JOIN pg_attribute ON attrelid = objoid AND attnum = objsubid
     WHERE objoid = ${oid} AND classoid = 'pg_class'::regclass AND NOT attisdropped`,
    doing,
  )
  for (const [sql] of statements) await connection.run(sql ?? '', doing)
}

/** Puts a table that was built beside into the place of the target's, which is dropped. Grants and comments stay. */
export async function swap(
  connection: Connection,
  target: TargetTable,
  beside: string,
  exists: boolean,
): Promise<void> {
  const doing = `swapping ${target.schema}.${target.name}`
  if (exists) {
    await carryOver(connection, target, beside)
    await connection.run(`DROP TABLE ${relationOf(target)}`, doing)
  }
  await connection.run(`ALTER TABLE ${beside} RENAME TO ${quoteName(target.name)}`, doing)
}
