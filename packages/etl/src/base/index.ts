export * from './codes.ts'
export * from './errors.ts'
export * from './json.ts'
export * from './secret.ts'
