// `npm start` and `npm run shop:services`: sets up, then runs the whole shop and prints what came out.
import { handOver, setUp } from './setup.mjs'

setUp()
handOver(process.argv.slice(2))
