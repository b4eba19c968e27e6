import { once } from 'node:events'
import { type AddressInfo, connect, createServer } from 'node:net'

/** Whether something accepts connections at a port of this machine. */
export function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, timeout: 2_000 })
    const end = (answer: boolean) => (): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', end(true)).once('error', end(false)).once('timeout', end(false))
  })
}

/** The wanted port, or another free one where it is taken. */
export async function freePort(wanted: number): Promise<number> {
  const server = createServer().listen((await isListening(wanted)) ? 0 : wanted, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
