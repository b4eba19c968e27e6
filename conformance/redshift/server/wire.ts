import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type NetConnectOpts, type Socket } from 'node:net'
import { type CopySource, linesOf } from './copy.ts'
import type { TableShape } from './create-table.ts'
import { RedshiftError } from './error.ts'
import { frame, Frames, query, raise, translateError } from './frames.ts'
import { type Effect, translate } from './translate.ts'

/** What the server knows besides the database. */
export interface WireState extends CopySource {
  /** How tables were made, by `schema.name`. */
  readonly tables: Map<string, TableShape>
  /** Statements as they came, in order. */
  readonly log: string[]
  /** Called before a statement runs, to do something at just that moment. */
  onStatement: ((sql: string) => void | Promise<void>) | undefined
}

export interface WireServer extends AsyncDisposable {
  readonly port: number
}

const sslRequest = 80_877_103
const cancelRequest = 80_877_102

/**
 * Starts a server that speaks the protocol of PostgreSQL and the SQL of Redshift: each query is translated and handed to a
 * real PostgreSQL, and a COPY is done by reading the manifest and its files.
 */
export async function startWire(to: NetConnectOpts, state: WireState): Promise<WireServer> {
  const sockets = new Set<Socket>()
  const server = createServer((client) => serve(client, connect(to), state, sockets))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

function serve(client: Socket, upstream: Socket, state: WireState, sockets: Set<Socket>): void {
  for (const socket of [client, upstream]) {
    sockets.add(socket)
    socket.on('error', () => undefined)
    socket.on('close', () => sockets.delete(socket))
  }
  client.on('close', () => upstream.destroy())
  upstream.on('close', () => client.destroy())
  const answers = new Frames()
  let copied: readonly Buffer[] | undefined
  let effect: Effect | undefined
  upstream.on('data', (bytes: Buffer) => {
    for (const { type, body, all } of answers.take(bytes)) {
      if (type === 'G') {
        for (const lines of copied ?? []) upstream.write(frame('d', lines))
        upstream.write(frame('c', Buffer.alloc(0)))
        continue
      }
      if (type === 'C' && effect !== undefined) remember(state, effect)
      client.write(type === 'E' ? translateError(body) : all)
    }
  })
  const requests = new Frames()
  let isStarted = false
  let turn: Promise<void> = Promise.resolve()
  const ask = async (sql: string): Promise<void> => {
    await state.onStatement?.(sql)
    state.log.push(sql)
    effect = undefined
    const prepared = await prepare(sql, state)
    copied = prepared.lines
    effect = prepared.effect
    upstream.write(query(prepared.sql))
  }
  client.on('data', (bytes: Buffer) => {
    if (!isStarted) {
      const code = bytes.readInt32BE(4)
      if (code === sslRequest) return void client.write('N')
      isStarted = code !== cancelRequest
      return void upstream.write(bytes)
    }
    for (const { type, body, all } of requests.take(bytes)) {
      if (type === 'X' || type === 'p') upstream.write(all)
      else if (type === 'Q') {
        const sql = body.subarray(0, -1).toString('utf8')
        turn = turn.then(() => ask(sql))
        // Redshift speaks the extended protocol, too; the product does not.
      } else client.destroy()
    }
  })
}

interface Prepared {
  readonly sql: string
  readonly lines?: readonly Buffer[]
  readonly effect?: Effect
}

async function prepare(sql: string, state: WireState): Promise<Prepared> {
  try {
    const translated = translate(sql)
    if (translated.kind === 'sql') return translated
    const { copy } = translated
    const shape = state.tables.get(`${copy.into.schema}.${copy.into.name}`)
    if (shape === undefined)
      throw new RedshiftError(`Cannot COPY into nonexistent table ${copy.into.name}`, '42P01')
    const columns = shape.columns.map((c) => `"${c.name.replaceAll('"', '""')}"`).join(', ')
    return {
      sql: `COPY ${copy.into.sql} (${columns}) FROM STDIN`,
      lines: await linesOf(copy, shape.columns, state),
    }
  } catch (error) {
    const code = error instanceof RedshiftError ? error.code : 'XX000'
    return { sql: raise((error as Error).message, code) }
  }
}

function remember({ tables }: WireState, effect: Effect): void {
  switch (effect.kind) {
    case 'create': {
      const { schema, name } = effect.shape.relation
      tables.set(`${schema}.${name}`, effect.shape)
      return
    }
    case 'drop':
      for (const { schema, name } of effect.relations) tables.delete(`${schema}.${name}`)
      return
    case 'rename': {
      const { schema, name } = effect.from
      const shape = tables.get(`${schema}.${name}`)
      tables.delete(`${schema}.${name}`)
      if (shape !== undefined) tables.set(`${schema}.${effect.to}`, shape)
    }
  }
}
