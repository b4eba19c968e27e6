import { existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** The built package and the project in a folder, as an installation has them. */
export interface Installed {
  readonly cli: string
  readonly project: string
  /** Changes a built module of this copy. */
  plant(module: string, change: (source: string) => string): Promise<void>
}

const ownProject = fileURLToPath(new URL('project', import.meta.url))

/** Copies the built package and a project into a folder, so that nothing built meanwhile reaches running processes. */
export async function install(folder: string, from: string = ownProject): Promise<Installed> {
  if (!existsSync(path.join(root, 'packages/etl/dist/cli/main.js')))
    throw new Error('the package is not built: run `npm run build`')
  const modules = path.join(folder, 'node_modules')
  const own = path.join(modules, '@securecart', 'etl')
  await mkdir(own, { recursive: true })
  for (const part of ['bin', 'dist', 'package.json'])
    await cp(path.join(root, 'packages/etl', part), path.join(own, part), { recursive: true })
  for (const name of await readdir(path.join(root, 'node_modules')))
    if (name !== '@securecart') await symlink(path.join(root, 'node_modules', name), path.join(modules, name))
  const project = path.join(folder, 'project')
  await cp(from, project, { recursive: true })
  return {
    cli: path.join(own, 'bin', 'securecart.js'),
    project,
    plant: async (module, change) => {
      const file = path.join(own, 'dist', module)
      await writeFile(file, change(await readFile(file, 'utf8')))
    },
  }
}
