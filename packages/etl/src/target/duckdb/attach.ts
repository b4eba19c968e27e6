import { existsSync, realpathSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import path from 'node:path'
import { EtlError } from '../../base/errors.ts'
import { openSession, type Session } from '../../engine/duckdb/session.ts'
import { quoteText } from '../../function/dialect.ts'
import type { WarehouseContext } from '../contract.ts'

/** The name under which the database file is attached. */
export const database = 'warehouse'

// DuckDB lets one process open a file twice, which destroys it.
const openFiles = new Set<string>()

function locked(file: string, cause?: unknown): EtlError {
  const [, holder] = /held in (.*?)\.(?: See|$)/.exec(cause instanceof Error ? cause.message : '') ?? []
  return new EtlError('target.locked', `${file} is open in ${holder ?? 'this process already'}`, {
    retry: 'transient',
    hint: 'A DuckDB file has one writer: close the program that has it open, and run again.',
    ...(cause === undefined ? {} : { cause }),
  })
}

/**
 * Opens an in-memory DuckDB with the database file attached (opened directly, six forms of DDL leave a log that cannot be
 * replayed after a crash). `folders` are those of the data files to read. Fails with `target.locked` (transient) when
 * another process has it open.
 */
export async function attach(
  file: string,
  context: WarehouseContext,
  folders: readonly string[],
  signal?: AbortSignal,
): Promise<Session> {
  await mkdir(path.dirname(file), { recursive: true })
  const real = path.join(realpathSync(path.dirname(file)), path.basename(file))
  if (openFiles.has(real)) throw locked(file)
  openFiles.add(real)
  try {
    const beside = ['.wal', '.wal.checkpoint', '.wal.recovery'].map((end) => `${real}${end}`)
    const session = await openSession({
      memoryLimitBytes: context.memoryLimitBytes,
      threads: context.threads,
      scratch: context.scratch,
      allowed: { folders, files: [real, ...beside] },
      ...(signal === undefined ? {} : { signal }),
    })
    const release = async (): Promise<void> => {
      await session[Symbol.asyncDispose]()
      openFiles.delete(real)
    }
    try {
      const readOnly = context.readOnly === true && existsSync(real)
      await session.connection.run(
        `ATTACH ${quoteText(context.readOnly === true && !readOnly ? ':memory:' : real)} AS ${database}${readOnly ? ' (READ_ONLY)' : ''}`,
      )
    } catch (cause) {
      await session[Symbol.asyncDispose]()
      if (/Could not set lock/.test(String(cause))) throw locked(file, cause)
      const message = (cause instanceof Error ? cause.message : String(cause)).split('\n', 1)[0]
      throw new EtlError('target.failed', `${file} cannot be opened as a DuckDB database: ${message}`, {
        cause,
      })
    }
    return { ...session, [Symbol.asyncDispose]: release }
  } catch (error) {
    openFiles.delete(real)
    throw error
  }
}
