import { open } from 'node:fs/promises'
import { parquetReadObjects } from 'hyparquet'
import { EtlError } from '../../../base/errors.ts'
import { fileBuffer, type ParquetFooter, refuseParquet } from './parquet-footer.ts'

/** The most rows of a row group whose moments are looked at; they are in memory at once. */
const maxGroupRows = 16_000_000n

/**
 * Checks that the INT96 timestamps of some columns are whole microseconds within the years 1 to 9999, which is what the
 * engine keeps of them. Fails with `source.corrupt` on the first that is not.
 */
export async function checkInt96(footer: ParquetFooter, columns: ReadonlySet<string>): Promise<void> {
  const names = new Set(
    footer.metadata.schema.filter((e) => e.type === 'INT96' && columns.has(e.name)).map((e) => e.name),
  )
  if (names.size === 0) return
  await using handle = await open(footer.path, 'r')
  const file = fileBuffer(handle, (await handle.stat()).size)
  let rowStart = 0
  for (const group of footer.metadata.row_groups) {
    if (group.num_rows > maxGroupRows)
      throw refuseParquet(
        footer.path,
        `a row group with INT96 timestamps has ${group.num_rows} rows, too many`,
      )
    const rowEnd = rowStart + Number(group.num_rows)
    for (const name of names) {
      await parquetReadObjects({
        file,
        metadata: footer.metadata,
        columns: [name],
        rowStart,
        rowEnd,
        parsers: { timestampFromNanoseconds: (nanos: bigint) => wholeMicros(footer.path, name, nanos) },
      }).catch((cause: unknown) => {
        if (cause instanceof EtlError) throw cause
        throw refuseParquet(
          footer.path,
          `column ${name} cannot be decoded (${(cause as Error).message})`,
          cause,
        )
      })
    }
    rowStart = rowEnd
  }
}

function wholeMicros(path: string, column: string, nanos: bigint): bigint {
  const limit = 253_402_300_800_000_000_000n
  if (nanos % 1000n !== 0n)
    throw refuseParquet(path, `an INT96 value of ${column} has nanoseconds, a timestamp holds microseconds`)
  if (nanos >= limit || nanos < -62_135_596_800_000_000_000n)
    throw refuseParquet(path, `an INT96 value of ${column} lies outside of the years 1 to 9999`)
  return nanos
}
