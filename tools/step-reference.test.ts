import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { steps } from '../packages/etl/src/step/index.ts'
import { stepReference, stepReferencePath } from './step-reference.ts'

test('the reference page of steps is the one that the declarations give', async () => {
  const page = await readFile(new URL(`../${stepReferencePath}`, import.meta.url), 'utf8')
  expect(page, 'run `node tools/step-reference.ts`').toBe(stepReference())
})

test('every step and option is on the page, and nothing prints as an object', () => {
  const page = stepReference()
  for (const step of steps) {
    expect(page).toContain(`\n## ${step.name}\n`)
    for (const option of Object.keys(step.options)) expect(page).toContain(`| \`${option}\` |`)
  }
  expect(page).not.toContain('[object Object]')
})
