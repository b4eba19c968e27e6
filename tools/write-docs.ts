import { writeFile } from 'node:fs/promises'
import { missingPostgres } from './peers/postgres.ts'
import { referencePages } from './reference.ts'

// `npm run docs`: writes docs/reference from the declarations.
for (const { path, text } of referencePages) {
  await writeFile(new URL(`../${path}`, import.meta.url), await text())
  console.log(path)
}
if (missingPostgres() === undefined) {
  await import('./function-reference.ts')
  await import('./plan-reference.ts')
} else console.log(`docs/reference/functions.md and plans.md stay as they are: ${missingPostgres()}`)
