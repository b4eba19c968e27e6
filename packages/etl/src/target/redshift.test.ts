import { expect, test } from 'vitest'
import { secret } from '../base/secret.ts'
import { redshift, type RedshiftOptions } from './redshift.ts'

const place = {
  database: 'dev',
  stage: 's3://shop-etl/redshift',
  iamRole: 'arn:aws:iam::123456789012:role/redshift-load',
}

function problemOf(options: Readonly<Record<string, unknown>>): string {
  try {
    redshift({ ...place, ...options } as unknown as RedshiftOptions)
    return 'none'
  } catch (error) {
    return (error as Error).message
  }
}

test('one way to reach it is declared, and only what belongs to that way', () => {
  const password = secret('env:BI_PASSWORD')
  for (const fine of [
    { host: 'bi', user: 'loader', password },
    { workgroup: 'bi', region: 'eu-central-1' },
    { cluster: 'bi', user: 'loader' },
    { cluster: 'bi', secretArn: 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:bi' },
    { workgroup: 'bi', iamRole: 'default' },
    { workgroup: 'bi', iamRole: `${place.iamRole},${place.iamRole}` },
  ])
    expect(problemOf(fine)).toBe('none')
  expect(problemOf({})).toContain('give host and user, or workgroup, or cluster')
  expect(problemOf({ workgroup: 'a', cluster: 'b' })).toContain('or workgroup, or cluster')
  expect(problemOf({ host: 'bi' })).toContain('user is missing')
  expect(problemOf({ host: 'bi', user: 'a', region: 'x' })).toContain('region belongs to the Data API')
  expect(problemOf({ host: 'bi', user: 'a', password: 'open' })).toContain("password is secret('env:NAME')")
  expect(problemOf({ workgroup: 'bi', password })).toContain('takes no password')
  expect(problemOf({ workgroup: 'bi', user: 'a' })).toContain('user goes with cluster')
  expect(problemOf({ workgroup: 'bi', stage: '/tmp' })).toContain('stage is s3://bucket/folder')
  expect(problemOf({ workgroup: 'bi', iamRole: 'admin' })).toContain('iamRole is')
})
