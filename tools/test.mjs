// `npm test`: sets up, then runs every suite that this machine can run; a closing table names the others.
import { handOver, setUp } from './setup.mjs'

setUp()
handOver(['tools/test-all.ts', ...process.argv.slice(2)])
