/** Messages of the protocol after its start: a letter, a length that counts itself, a body. */
export class Frames {
  #left: Buffer = Buffer.alloc(0)

  /** Takes bytes as they arrive and gives the messages that are whole. */
  take(bytes: Buffer): readonly { readonly type: string; readonly body: Buffer; readonly all: Buffer }[] {
    this.#left = Buffer.concat([this.#left, bytes])
    const found = []
    while (this.#left.length >= 5) {
      const length = this.#left.readInt32BE(1) + 1
      if (this.#left.length < length) break
      const all = this.#left.subarray(0, length)
      found.push({ type: String.fromCharCode(all[0] ?? 0), body: all.subarray(5), all })
      this.#left = this.#left.subarray(length)
    }
    return found
  }
}

export function frame(type: string, body: Buffer): Buffer {
  const head = Buffer.alloc(5)
  head.write(type, 0, 'latin1')
  head.writeInt32BE(body.length + 4, 1)
  return Buffer.concat([head, body])
}

/** A simple query. */
export const query = (sql: string): Buffer => frame('Q', Buffer.from(`${sql}\0`))

/** A statement that fails with an error, in whatever state the session is. */
export function raise(message: string, code: string): string {
  const text = (x: string): string => `E'${x.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  return `DO $raise$ BEGIN RAISE EXCEPTION USING MESSAGE = ${text(message.replaceAll('$raise$', ''))}, ERRCODE = ${text(code)}; END $raise$`
}

/** What Redshift says where PostgreSQL says something else. */
const said: Readonly<Record<string, readonly [code: string, message: string, detail?: string]>> = {
  '40001': [
    'XX000',
    '1023',
    'Serializable isolation violation on table - 100167, transactions forming the cycle are: 1745830, 1745762 (pid:15021)',
  ],
  '23514': ['XX000', 'Value too long for character type'],
  '57014': ['57014', "Query (1234) cancelled on user's request"],
  '23502': ['XX000', 'Cannot insert a NULL value into column'],
}

/** An ErrorResponse as Redshift would give it. */
export function translateError(body: Buffer): Buffer {
  const fields = body
    .toString('utf8')
    .split('\0')
    .filter((f) => f !== '')
  const instead = said[fields.find((f) => f.startsWith('C'))?.slice(1) ?? '']
  if (instead === undefined) return frame('E', body)
  const [code, message, detail] = instead
  const kept = fields.filter((f) => /^[SV]/.test(f))
  const told = [...kept, `C${code}`, `M${message}`, ...(detail === undefined ? [] : [`D${detail}`])]
  return frame('E', Buffer.from(`${told.map((f) => `${f}\0`).join('')}\0`))
}
