// `npm start`: sets up, then runs the whole shop on the embedded engine and prints what came out.
import { node, must, setUp } from './setup.mjs'

setUp()
must(node, ['tools/shop.ts', ...process.argv.slice(2)])
