/**
 * Does one act of a project over a lake in S3, which the environment says how to reach.
 *
 * usage: node put-child.ts s3://bucket/folder CACHE PROJECT ACT
 */
import { openLake } from '../../packages/etl/src/lake/index.ts'
import { workshopAt } from '../run/workshop.ts'
import { type Act, perform } from './put-project.ts'

const [folder = '', cacheFolder = '', projectFolder = '', act] = process.argv.slice(2)
const lake = await openLake({ folder, cacheFolder })
await using workshop = workshopAt({ folder, lake, [Symbol.asyncDispose]: () => lake[Symbol.asyncDispose]() })
const ended = await perform(act as Act, { workshop, projectFolder })
process.stdout.write(`${JSON.stringify(ended)}\n`)
