// `npm start`: sets up, then runs the whole shop on the embedded engine and prints what came out.
import { node, must, setUp } from './setup.mjs'

// Ctrl-C reaches the command below as well, which ends in order; this process waits for it.
process.on('SIGINT', () => {})

setUp()
must(node, ['tools/shop.ts', ...process.argv.slice(2)])
