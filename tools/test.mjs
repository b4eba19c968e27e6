// `npm test`: sets up, then runs every suite that this machine can run; a closing table names the others.
import { node, must, setUp } from './setup.mjs'

setUp()
must(node, ['tools/test-all.ts', ...process.argv.slice(2)])
