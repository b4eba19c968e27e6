// `npm start` and `npm run shop:services`: sets up, then runs the whole shop and prints what came out.
import { node, must, setUp } from './setup.mjs'

// Ctrl-C reaches the command below as well, which ends in order; this process waits for it.
process.on('SIGINT', () => {})

setUp()
must(node, process.argv.slice(2))
