import { EtlError } from '../../../base/errors.ts'
import type { MysqlConnection } from '../connect.ts'

/** Turns bytes of a character set into UTF-8. */
export type ToUtf8 = (bytes: Buffer) => Buffer

/** The character sets of a server. */
export interface Charsets {
  /** The character set of a collation's number. */
  readonly of: (collation: number) => string | undefined
  /** How texts of a set become UTF-8 as the server would convert them; undefined for a set that is not known. */
  readonly toUtf8: (charset: string) => ToUtf8 | undefined
}

const same: ToUtf8 = (bytes) => bytes

const unicode: Readonly<Record<string, ToUtf8>> = {
  utf8: same,
  utf8mb3: same,
  utf8mb4: same,
  binary: same,
  ucs2: (bytes) => Buffer.from(Buffer.from(bytes).swap16().toString('utf16le')),
  utf16: (bytes) => Buffer.from(Buffer.from(bytes).swap16().toString('utf16le')),
  utf16le: (bytes) => Buffer.from(bytes.toString('utf16le')),
  utf32: (bytes) => {
    let text = ''
    for (let at = 0; at + 4 <= bytes.length; at += 4) text += String.fromCodePoint(bytes.readUInt32BE(at))
    return Buffer.from(text)
  },
}

/**
 * Asks the server for its character sets. Sets of one byte are converted by a table that the server itself fills, so that
 * texts are the same whether it converts them or they come from its log.
 */
export async function loadCharsets(connection: MysqlConnection): Promise<Charsets> {
  const names = await collationCharsets(connection)
  const single = await connection.rows(
    "SELECT character_set_name FROM information_schema.character_sets WHERE maxlen = 1 AND character_set_name <> 'binary' ORDER BY 1",
  )
  const sets = single.map(([name]) => name ?? '')
  const all = Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)).toString('hex')
  const [converted = []] = await connection.rows(
    `SELECT ${sets.map((set) => `CONVERT(_${set} x'${all}' USING utf8mb4)`).join(', ')}`,
  )
  const tables = new Map(sets.map((set, i) => [set, byTable(set, converted[i] ?? '')]))
  return { of: (collation) => names.get(collation), toUtf8: (set) => unicode[set] ?? tables.get(set) }
}

/** Character sets by the number of a collation. */
async function collationCharsets(connection: MysqlConnection): Promise<ReadonlyMap<number, string>> {
  // Since 10.10 MariaDB has collations that stand for several sets; their numbers are in another view.
  const [hasNumbers] = await connection.rows(
    `SELECT 1 FROM information_schema.columns WHERE table_schema = 'information_schema'
      AND table_name = 'COLLATION_CHARACTER_SET_APPLICABILITY' AND column_name = 'ID'`,
  )
  const view = hasNumbers === undefined ? 'collations' : 'collation_character_set_applicability'
  const rows = await connection.rows(`SELECT id, character_set_name FROM information_schema.${view}`)
  return new Map(rows.map(([id, name]) => [Number(id), name ?? '']))
}

function byTable(set: string, text: string): ToUtf8 {
  const table = Array.from(text, (character) => Buffer.from(character))
  if (table.length !== 256)
    throw new EtlError('bug.unreachable', `the character set ${set} has ${table.length} characters`)
  return (bytes) => Buffer.concat(Array.from(bytes, (byte) => table[byte] ?? Buffer.alloc(0)))
}
