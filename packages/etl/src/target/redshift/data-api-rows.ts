import type { Field, RedshiftDataClient } from '@aws-sdk/client-redshift-data'
import type { TextRows } from './connection.ts'

/** A value as text. Numbers of the service's answers are rounded beyond 2^53: queries cast what may be larger. */
function textOf(field: Field): string | null {
  if (field.isNull === true) return null
  const { stringValue, longValue, doubleValue, booleanValue } = field
  return String(stringValue ?? longValue ?? doubleValue ?? booleanValue ?? '')
}

/** Reads all rows of a statement that has ended. */
export async function readRows(
  client: RedshiftDataClient,
  { GetStatementResultCommand }: typeof import('@aws-sdk/client-redshift-data'),
  id: string,
): Promise<TextRows> {
  const rows: (string | null)[][] = []
  let token: string | undefined
  do {
    const page = await client.send(
      new GetStatementResultCommand({ Id: id, ...(token === undefined ? {} : { NextToken: token }) }),
    )
    for (const record of page.Records ?? []) rows.push(record.map(textOf))
    token = page.NextToken
  } while (token !== undefined && token !== '')
  return rows
}
